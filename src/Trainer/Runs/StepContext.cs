using System.Text.Json;
using System.Text.Json.Serialization;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.ResumePoints;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Runs;

/// <summary>What the steps of a run share: the store, the settings, the workers, and how a step's output is kept and found again.</summary>
internal sealed record StepContext(CheckpointStore Store, LearningOptions Options, TrainingWorkers Workers)
{
    private const string ReportKey = "report";

    /// <summary>Accuracy without any pairs is NaN, which plain JSON cannot say.</summary>
    private static readonly JsonSerializerOptions ReportJson = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public RolloutSettings RolloutsOf(LoadedCheckpoint policy) => new(
        policy.Template.EndIds, policy.Template.Pad,
        Math.Min(Options.MaxAnswerTokens, policy.Transformer.Config.MaxPositions / 2), Options.MicroBatchTokens, Options.GradientCheckpointing);

    public static FeedbackTokens TokensOf(LoadedCheckpoint policy) =>
        new(policy.Template, policy.Transformer.Config.MaxPositions);

    /// <summary>Rated training prompts and the built-in pool, each once. No held-out prompt is among them.</summary>
    public IReadOnlyList<IReadOnlyList<int>> RolloutPrompts(FeedbackBatch batch, LoadedCheckpoint policy)
    {
        var (tokens, room) = (TokensOf(policy), RolloutsOf(policy).MaxAnswerTokens);
        var heldOut = batch.HeldOut.All.Select(p => tokens.Prompt(p.Prompt, room)).OfType<IReadOnlyList<int>>().Select(Key).ToHashSet();
        return [.. batch.Training.All.Select(e => e.Prompt).Concat(PromptPool.Load())
            .Select(p => tokens.Prompt(p, room)).OfType<IReadOnlyList<int>>().DistinctBy(Key).Where(p => !heldOut.Contains(Key(p)))];

        static string Key(IReadOnlyList<int> prompt) => string.Join(',', prompt);
    }

    public RewardModel LoadRewardModel(string folder) => RewardModel.Load(Store, folder);

    /// <summary>Where a step keeps how far it is. A point that cannot be used or written is told in the step's progress.</summary>
    /// <param name="inputs">The checkpoints that it starts from.</param>
    public ResumeFolder ResumeFolderOf<T>(T job, string outputFolder, StepProgress progress, params IReadOnlyList<CheckpointManifest> inputs) =>
        new(PathOf(outputFolder), JobIdentity.Of(job, Options, inputs), progress.Note);

    /// <summary>Its resume points go: the step is not asked for again.</summary>
    public void Abandon(string outputFolder) => ResumeFolder.Delete(PathOf(outputFolder));

    private string PathOf(string folder) => Path.Combine(Store.Root, folder);

    /// <summary>The report of a step that has already put its output here; null when it has not.</summary>
    public (T Report, string WeightsHash)? Find<T>(string folder)
    {
        if (!Store.Exists(folder)) return null;
        var manifest = Store.ReadManifest(folder);
        if (!manifest.Metadata.TryGetValue(ReportKey, out var json) || JsonSerializer.Deserialize<T>(json, ReportJson) is not { } report) return null;
        ResumeFolder.Delete(PathOf(folder));
        return (report, manifest.WeightsHash);
    }

    /// <summary>Saves a step's output with its report and where it comes from; its resume points go. Returns the weights' hash.</summary>
    public string Save<T>(string folder, T report, CheckpointContents contents, params IEnumerable<(string Key, string Value)> origin)
    {
        var metadata = origin.ToDictionary(o => o.Key, o => o.Value);
        metadata[ReportKey] = JsonSerializer.Serialize(report, ReportJson);
        var saved = Store.Save(folder, contents with { Metadata = metadata });
        ResumeFolder.Delete(PathOf(folder));
        return saved.WeightsHash;
    }
}
