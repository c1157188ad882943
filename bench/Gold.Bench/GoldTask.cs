using System.Diagnostics;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Gold.Bench;

/// <summary>
/// What the studies share: labels by a hidden preference, a quarter of them flipped; a reward model and policies that learn from them;
/// and how the hidden preference compares answers with the start's. Owns its store.
/// </summary>
internal sealed class GoldTask : IDisposable
{
    public const string Start = "start";
    public const int MeasureSeed = 4242;
    private const double Noise = 0.25;
    private const int PromptSeed = 77, MeasuredPrompts = 300, LabelSeed = 1_000_003, RaterCount = 16;

    private readonly string _root = Directory.CreateTempSubdirectory("chatloop-gold-").FullName;
    private readonly IReadOnlyList<IReadOnlyList<PromptMessage>> _measured;
    private readonly IReadOnlyList<RatedAnswer> _ofStart;

    public GoldTask(string startFolder, LearningOptions options)
    {
        Options = options;
        Store = new CheckpointStore(_root);
        Store.Import(startFolder, Start);
        Workers = new TrainingWorkers(options.Workers, options.IntraOpThreads);
        _measured = [.. Prompts(heldOut: true, first: 0).Take(MeasuredPrompts)];
        _ofStart = Answers(Start, _measured, MeasureSeed);
    }

    public LearningOptions Options { get; }
    public CheckpointStore Store { get; }
    public TrainingWorkers Workers { get; }

    public IReadOnlyList<PreferencePair> Label(GoldPreference gold, int seed, int count)
    {
        var prompts = Prompts(heldOut: false, first: (long)seed * 100_000).Take(count).ToList();
        var (first, second) = (Answers(Start, prompts, seed * LabelSeed), Answers(Start, prompts, (seed * LabelSeed) + 500_000));
        var random = new Random(seed);
        return [.. prompts.Select((p, i) => new PreferencePair(
            $"{gold.Name}/{seed}/{i}", $"rater-{i % RaterCount}", p, first[i], second[i], Verdict(p[0].Text, first[i].Text, second[i].Text)))];

        double Verdict(string prompt, string a, string b)
        {
            var flipped = random.NextDouble() < Noise;
            var difference = gold.Score(prompt, a) - gold.Score(prompt, b);
            return difference == 0 ? 0.5 : difference > 0 != flipped ? 1 : 0;
        }
    }

    public static FeedbackBatch Batch(string run, IReadOnlyList<PreferencePair> pairs) => new()
    {
        RunId = run,
        Training = new() { Pairs = [.. pairs.Where((_, i) => i % 5 != 0)] },
        HeldOut = new() { Pairs = [.. pairs.Where((_, i) => i % 5 == 0)] },
    };

    public async Task<(RewardModelReport Report, double Seconds)> TrainRewardModel(FeedbackBatch batch, int seed)
    {
        var clock = Stopwatch.StartNew();
        using var trainer = new LoopTrainer(Store, Options);
        var report = await trainer.TrainRewardModel(
            new(batch.RunId, batch, Start, $"{batch.RunId}/reward-model", seed), new Progress<TrainingProgress>(), default);
        return (report, clock.Elapsed.TotalSeconds);
    }

    /// <summary>Learns by the cell's algorithm, and measures what comes of it.</summary>
    public async Task<GoldCell> TrainPolicy(GoldCell cell, GoldPreference gold, FeedbackBatch batch, RewardModelReport reward)
    {
        var (folder, clock) = ($"{batch.RunId}/{cell.Algorithm}", Stopwatch.StartNew());
        await Learn(batch, reward, folder, cell.Seed, cell.Algorithm);
        var seconds = clock.Elapsed.TotalSeconds;
        var gate = await Judge(batch, reward, folder, cell.Seed);
        var measured = Measure(gold, prompts => Answers(folder, prompts, MeasureSeed));
        return cell with
        {
            WinRate = measured.WinRate,
            Gain = measured.Gain,
            Length = measured.Length,
            Kl = gate.Metrics.Kl,
            Passed = gate.Report.Passed,
            StoppedBy = string.Join(' ', gate.Report.Checks.Where(c => !c.Passed).Select(c => c.Name)),
            PolicySeconds = seconds,
        };
    }

    public async Task Learn(FeedbackBatch batch, RewardModelReport reward, string folder, int seed, PolicyAlgorithm algorithm)
    {
        using var trainer = new LoopTrainer(Store, Options with { Algorithm = algorithm });
        await trainer.TrainPolicy(new(batch.RunId, batch, Start, Start, reward.Folder, folder, seed), new Progress<TrainingProgress>(), default);
    }

    public async Task<GateOutcome> Judge(FeedbackBatch batch, RewardModelReport reward, string folder, int seed)
    {
        using var trainer = new LoopTrainer(Store, Options);
        return await trainer.Judge(new(batch.RunId, batch, Start, Start, folder, reward.Folder, reward, seed), new Progress<TrainingProgress>(), default);
    }

    /// <summary>Prompts that no label and no measurement has.</summary>
    public static IReadOnlyList<IReadOnlyList<PromptMessage>> TrainingPrompts(long first, int count) => [.. Prompts(heldOut: false, first).Take(count)];

    public IReadOnlyList<RatedAnswer> Answers(string folder, IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, long seed) =>
        SampledAnswers.Of(Store, folder, prompts, Options, Workers, seed);

    /// <summary>How answers to the held-out prompts compare with the start's, which were sampled with the same seed.</summary>
    public GoldMeasure Measure(GoldPreference gold, Func<IReadOnlyList<IReadOnlyList<PromptMessage>>, IReadOnlyList<RatedAnswer>> answer)
    {
        var answers = answer(_measured);
        double[] before = Scores(gold, _ofStart), after = Scores(gold, answers);
        return new(
            after.Zip(before, (a, b) => a > b ? 1 : a < b ? 0 : 0.5).Average(),
            (after.Average() - before.Average()) / Deviation(before),
            answers.Average(a => a.Text.Length) / _ofStart.Average(a => a.Text.Length));
    }

    public void Forget(GoldPreference gold) => Directory.Delete(Path.Combine(_root, gold.Name), recursive: true);

    private double[] Scores(GoldPreference gold, IReadOnlyList<RatedAnswer> answers) =>
        [.. answers.Zip(_measured, (answer, prompt) => gold.Score(prompt[0].Text, answer.Text))];

    private static IEnumerable<IReadOnlyList<PromptMessage>> Prompts(bool heldOut, long first) =>
        new DialogueGenerator(CorpusContent.Load(), PromptSeed).Stream(heldOut, first).Select(d => (IReadOnlyList<PromptMessage>)[d.Messages[0]]);

    private static double Deviation(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
    }

    public void Dispose()
    {
        Workers.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}

/// <param name="WinRate">Share of prompts with the better answer than the start's by the gold preference; ties are half.</param>
/// <param name="Gain">Of the mean gold score, in deviations of the start's answers.</param>
/// <param name="Length">Mean answer length over the start's, in characters.</param>
internal sealed record GoldMeasure(double WinRate, double Gain, double Length);
