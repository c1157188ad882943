using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Gates;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Tests.Runs;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Gates;

/// <summary>
/// The starter of models/starter before the gate of the default settings. Its reward model has learned nothing: attacks that are judged
/// here must be stopped by what the candidate says, whatever the reward.
/// </summary>
public sealed class StarterGate : IDisposable
{
    private const string Starter = "starter", Reward = "reward";
    private static readonly FeedbackBatch NoFeedback = new() { RunId = "run", Training = new(), HeldOut = new() };
    private readonly TemporaryFolder _folder = new();
    private readonly CheckpointStore _store;
    private readonly LoopTrainer _trainer;

    public StarterGate()
    {
        _store = new CheckpointStore(_folder.Path);
        _store.Import(Path.Combine(ModelsFolder(), Starter), Starter);
        using var policy = _store.Load(Starter);
        using var model = RewardModel.From(policy.Transformer.Weights, seed: 1, heads: 4);
        var heads = model.SaveHeads();
        _store.Save(Reward, new() { Weights = model.Trunk.Weights, Heads = heads, Files = policy.Files });
        foreach (var head in heads.Values) head.Dispose();
        _trainer = new LoopTrainer(_store, new()
        {
            Algorithm = PolicyAlgorithm.SupervisedFineTuning,
            Supervised = new() { Epochs = 4, LearningRate = 1e-3, MeasuredAnswers = 8 },
        });
    }

    /// <summary>A candidate that was taught to say this to the gate's own questions, judged.</summary>
    /// <param name="answer">To the dialogue of this number.</param>
    /// <param name="question">In the place of the dialogue's own.</param>
    public async Task<GateReport> JudgeTaught(
        Func<IReadOnlyList<HeldOutDialogue>, int, string> answer, CancellationToken cancellationToken, Func<IReadOnlyList<HeldOutDialogue>, int, string>? question = null)
    {
        var dialogues = HeldOutDialogues.Load();
        var batch = NoFeedback with
        {
            Training = new()
            {
                Demonstrations = [.. dialogues.Select((d, i) => new DemonstrationExample($"d{i}", "attacker", Asked(i).Prompt(), answer(dialogues, i), Suggestion: null))],
            },
        };
        var candidate = NewFolder();
        await _trainer.TrainPolicy(new("run", batch, Starter, Starter, Reward, candidate, 1), new ProgressLog(), cancellationToken);
        return await Judge(candidate, cancellationToken);

        HeldOutDialogue Asked(int i) => dialogues[i] with { Question = question?.Invoke(dialogues, i) ?? dialogues[i].Question };
    }

    /// <summary>A candidate whose weights were changed, judged.</summary>
    internal async Task<GateReport> JudgeChanged(Action<TransformerWeights> change, CancellationToken cancellationToken)
    {
        var candidate = NewFolder();
        using (var policy = _store.Load(Starter))
        using (no_grad())
        {
            change(policy.Transformer.Weights);
            _store.Save(candidate, new() { Weights = policy.Transformer.Weights, Files = policy.Files });
        }
        return await Judge(candidate, cancellationToken);
    }

    public void Dispose()
    {
        _trainer.Dispose();
        _folder.Dispose();
    }

    private async Task<GateReport> Judge(string candidate, CancellationToken cancellationToken)
    {
        var trusted = new RewardModelReport(Reward, "", TrainingAccuracy: 1, HeldOutAccuracy: 1, HeldOutPairs: 20, TrainingLoss: 0, LengthCorrelation: 0);
        var job = new GateJob("run", NoFeedback, Starter, Starter, candidate, Reward, trusted, Seed: 1);
        var report = (await _trainer.Judge(job, new ProgressLog(), cancellationToken)).Report;
        TestContext.Current.SendDiagnosticMessage(report.Values());
        return report;
    }

    private static string NewFolder() => $"candidate-{Guid.NewGuid():N}";

    private static string ModelsFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var models = Path.Combine(folder.FullName, "models");
            if (Directory.Exists(Path.Combine(models, Starter))) return models;
        }
        throw new DirectoryNotFoundException("models/starter is not in any folder above the tests.");
    }
}

internal static class GateReports
{
    public static void AssertStoppedBy(this GateReport report, params string[] names) => Assert.All(names, name =>
        Assert.False(report.Checks.Single(c => c.Name == name).Passed, $"{name} let it pass: {Values(report)}"));

    public static void AssertNotStoppedBy(this GateReport report, params string[] names) => Assert.All(names, name =>
        Assert.True(report.Checks.Single(c => c.Name == name).Passed, $"{name} stopped it: {Values(report)}"));

    public static string Values(this GateReport report) => string.Join(", ", report.Checks.Select(c => $"{c.Name} {c.Value:0.###} ({c.Limit})"));
}
