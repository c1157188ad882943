using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Trainer.Adapters;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Tests.Runs;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.ResumePoints;

/// <summary>A training that is killed and goes on ends in the weights, the outcome and the curves of one that was left alone, bit for bit.</summary>
public sealed class ResumedTrainingTests
{
    private const string Job = "job";

    public static TheoryData<PolicyAlgorithm> Algorithms => [.. Enum.GetValues<PolicyAlgorithm>()];

    private static LearningOptions Options(PolicyAlgorithm algorithm) => new()
    {
        Algorithm = algorithm,
        Ppo = new() { Iterations = 3, Answers = 16, LearningRate = 4e-3, CriticLearningRate = 5e-3 },
        Preferences = new() { Epochs = 2, Minibatch = 2, LearningRate = 2e-3, MeasuredAnswers = 16 },
        Supervised = new() { Epochs = 2, Minibatch = 1, LearningRate = 2e-3, MeasuredAnswers = 16 },
        BestOfN = new() { N = 4, Prompts = 12 },
        Imagined = new() { Rounds = 4, Pairs = 8, Minibatch = 4, LearningRate = 2e-3, MeasuredAnswers = 16 },
    };

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Killed_at_any_report(PolicyAlgorithm algorithm)
    {
        var log = new ProgressLog();
        var whole = Train(algorithm, workers: 1, resume: null, log);

        for (var survived = 0; survived < log.Reports.Count; survived++)
        {
            using var folder = new TemporaryFolder();
            Assert.Throws<KilledException>(() => Train(algorithm, workers: 1, folder, new Fatal(survived)));
            Assert.Equal(whole, Train(algorithm, workers: 1, folder, new ProgressLog()), Trained.Same);
        }
    }

    /// <summary>In the middle of sampling, scoring, a minibatch or a measurement; also on two workers, since each piece of work has one thread.</summary>
    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Killed_again_and_again_in_the_middle_of_model_work(PolicyAlgorithm algorithm)
    {
        var fuse = new Fuse(long.MaxValue);
        var whole = Train(algorithm, workers: 2, resume: null, new ProgressLog(), fuse);
        using var folder = new TemporaryFolder();

        // Shares of all reads: the second reaches a resume point, except where more than half go into choosing the best answers.
        foreach (var share in (double[])[0.1, 0.4, algorithm == PolicyAlgorithm.BestOfN ? 0.85 : 0.45, 0.1])
            Assert.Throws<KilledException>(() => Train(algorithm, workers: 2, folder, new ProgressLog(), new Fuse((long)(share * fuse.Reads))));
        var log = new ProgressLog();
        Assert.Equal(whole, Train(algorithm, workers: 2, folder, log), Trained.Same);
        Assert.Contains(log.Reports, r => r.Detail.Contains("goes on after", StringComparison.Ordinal));
    }

    /// <summary>Where an adapter learns, a point holds its matrices in the place of the weights.</summary>
    [Theory]
    [InlineData(PolicyAlgorithm.Ppo, 7)]
    [InlineData(PolicyAlgorithm.Dpo, 12)]
    public void An_adapter_goes_on_as_well(PolicyAlgorithm algorithm, int survived)
    {
        var lora = new AdapterOptions { Kind = AdapterKind.Lora, Rank = 4 };
        using var folder = new TemporaryFolder();
        Assert.Throws<KilledException>(() => Train(algorithm, workers: 1, folder, new Fatal(survived), adapter: lora));
        var log = new ProgressLog();
        var resumed = Train(algorithm, workers: 1, folder, log, adapter: lora);

        Assert.Equal(Train(algorithm, workers: 1, resume: null, new ProgressLog(), adapter: lora), resumed, Trained.Same);
        Assert.Contains(log.Reports, r => r.Detail.Contains("goes on after", StringComparison.Ordinal));
    }

    private static Trained Train(
        PolicyAlgorithm algorithm, int workers, TemporaryFolder? resume, IProgress<TrainingProgress> progress, Fuse? fuse = null, AdapterOptions? adapter = null)
    {
        using var task = new LetterTask(adapter, workers);
        using var scope = NewDisposeScope();
        var points = new Curves(progress);
        var options = Options(algorithm) with { Adapter = adapter ?? new() };
        options.Validate();
        var (answers, scores) = (LetterTask.Answers.Select(Fused).ToList(), task.Scores);
        var outcome = PolicyAlgorithms.Create(options, task.Workers).Train(task.Task() with
        {
            Prompts = [.. LetterTask.Prompts.Select(Prompt)],
            Judgements = [.. from i in Enumerable.Range(0, answers.Count)
                             from j in Enumerable.Range(i + 1, answers.Count - i - 1)
                             where (i + j) % 5 == 0 && LetterTask.Answers[i].Prompt == LetterTask.Answers[j].Prompt
                             select Judgement.Pair("rater", answers[i], answers[j], scores[i] > scores[j] ? PairOutcome.First : PairOutcome.Second)],
            Resume = resume is null ? null : new(resume["output"], Job, note => Assert.Fail(note)),
        }, new StepProgress(LearningPhase.PolicyUpdate, points), TestContext.Current.CancellationToken);
        return new(task.PolicyWeights(), outcome, points.Last);

        IReadOnlyList<int> Prompt(IReadOnlyList<int> prompt) => fuse is null ? prompt : new FailingPrompt(prompt, fuse);

        TokenizedAnswer Fused(TokenizedAnswer answer) => answer with { Prompt = Prompt(answer.Prompt) };
    }

    /// <param name="Points">Of each curve and step the last value, as the charts show it.</param>
    private sealed record Trained(double[] Weights, PolicyOutcome Outcome, IReadOnlyDictionary<(string, int), double> Points)
    {
        public static IEqualityComparer<Trained> Same { get; } = EqualityComparer<Trained>.Create((a, b) =>
            a!.Weights.SequenceEqual(b!.Weights) && a.Outcome == b.Outcome
            && a.Points.Count == b.Points.Count && a.Points.All(p => b.Points.TryGetValue(p.Key, out var value) && value.Equals(p.Value)));
    }

    private sealed class Curves(IProgress<TrainingProgress> next) : IProgress<TrainingProgress>
    {
        public Dictionary<(string, int), double> Last { get; } = [];

        public void Report(TrainingProgress value)
        {
            foreach (var point in value.Points) Last[(point.Name, point.Step)] = point.Value;
            next.Report(value);
        }
    }
}
