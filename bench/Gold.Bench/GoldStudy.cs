using System.Diagnostics;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Gold.Bench;

/// <summary>
/// After Gao et al. (2022, arXiv:2210.10760): a hidden preference labels pairs of the start's answers, a quarter of the labels are
/// flipped, and each algorithm learns once from the first 64, 256, ... of them. What it says is then judged by the hidden preference,
/// on prompts that nobody labelled, against what the start says to them with the same seed.
/// </summary>
internal sealed class GoldStudy : IDisposable
{
    private const string Start = "start";
    private const double Noise = 0.25;
    private const int PromptSeed = 77, MeasuredPrompts = 300, MeasureSeed = 4242, LabelSeed = 1_000_003, RaterCount = 16;

    private readonly string _root = Directory.CreateTempSubdirectory("chatloop-gold-").FullName;
    private readonly CheckpointStore _store;
    private readonly LearningOptions _options;
    private readonly TrainingWorkers _workers;
    private readonly IReadOnlyList<IReadOnlyList<PromptMessage>> _measured;
    private readonly IReadOnlyList<RatedAnswer> _ofStart;

    public GoldStudy(string startFolder, LearningOptions options)
    {
        _options = options;
        _store = new CheckpointStore(_root);
        _store.Import(startFolder, Start);
        _workers = new TrainingWorkers(options.Workers, options.IntraOpThreads);
        _measured = [.. Prompts(heldOut: true, first: 0).Take(MeasuredPrompts)];
        _ofStart = Sample(Start, _measured, MeasureSeed);
    }

    /// <summary>All algorithms at all numbers of labels; what <paramref name="results"/> holds is not done again.</summary>
    public async Task Run(GoldPreference gold, int seed, IReadOnlyList<int> labels, IReadOnlyList<PolicyAlgorithm> algorithms, GoldResults results)
    {
        Lazy<IReadOnlyList<PreferencePair>> pairs = new(() => Label(gold, seed, labels.Max()));
        foreach (var count in labels)
        {
            GoldCell[] open = [.. algorithms
                .Select(a => new GoldCell { Algorithm = a, Gold = gold.Name, Labels = count, Seed = seed }).Where(c => !results.Contains(c))];
            if (open.Length == 0) continue;
            var run = $"{gold.Name}/{seed}/{count}";
            var batch = Batch(run, [.. pairs.Value.Take(count)]);
            var clock = Stopwatch.StartNew();
            RewardModelReport reward;
            using (var trainer = new LoopTrainer(_store, _options))
                reward = await trainer.TrainRewardModel(new(run, batch, Start, $"{run}/reward-model", seed), new Progress<TrainingProgress>(), default);
            var seconds = clock.Elapsed.TotalSeconds;
            foreach (var cell in open)
                results.Add(await Measure(cell with { RewardModelSeconds = seconds, Accuracy = reward.HeldOutAccuracy }, gold, batch, reward));
            Directory.Delete(Path.Combine(_root, gold.Name), recursive: true);
        }
    }

    private async Task<GoldCell> Measure(GoldCell cell, GoldPreference gold, FeedbackBatch batch, RewardModelReport reward)
    {
        using var trainer = new LoopTrainer(_store, _options with { Algorithm = cell.Algorithm });
        var (folder, ignore, clock) = ($"{batch.RunId}/{cell.Algorithm}", new Progress<TrainingProgress>(), Stopwatch.StartNew());
        await trainer.TrainPolicy(new(batch.RunId, batch, Start, Start, reward.Folder, folder, cell.Seed), ignore, default);
        var seconds = clock.Elapsed.TotalSeconds;
        var gate = await trainer.Judge(new(batch.RunId, batch, Start, Start, folder, reward.Folder, reward, cell.Seed), ignore, default);
        var answers = Sample(folder, _measured, MeasureSeed);
        double[] before = Scores(gold, _ofStart), after = Scores(gold, answers);
        return cell with
        {
            WinRate = after.Zip(before, (a, b) => a > b ? 1 : a < b ? 0 : 0.5).Average(),
            Gain = (after.Average() - before.Average()) / Deviation(before),
            Kl = gate.Metrics.Kl,
            Length = answers.Average(a => a.Text.Length) / _ofStart.Average(a => a.Text.Length),
            Passed = gate.Report.Passed,
            StoppedBy = string.Join(' ', gate.Report.Checks.Where(c => !c.Passed).Select(c => c.Name)),
            PolicySeconds = seconds,
        };
    }

    private double[] Scores(GoldPreference gold, IReadOnlyList<RatedAnswer> answers) =>
        [.. answers.Zip(_measured, (answer, prompt) => gold.Score(prompt[0].Text, answer.Text))];

    private IReadOnlyList<PreferencePair> Label(GoldPreference gold, int seed, int count)
    {
        var prompts = Prompts(heldOut: false, first: (long)seed * 100_000).Take(count).ToList();
        var (first, second) = (Sample(Start, prompts, seed * LabelSeed), Sample(Start, prompts, (seed * LabelSeed) + 500_000));
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

    private static FeedbackBatch Batch(string run, IReadOnlyList<PreferencePair> pairs) => new()
    {
        RunId = run,
        LastSequence = pairs.Count,
        Training = new() { Pairs = [.. pairs.Where((_, i) => i % 5 != 0)] },
        HeldOut = new() { Pairs = [.. pairs.Where((_, i) => i % 5 == 0)] },
    };

    private static IEnumerable<IReadOnlyList<PromptMessage>> Prompts(bool heldOut, long first) =>
        new DialogueGenerator(CorpusContent.Load(), PromptSeed).Stream(heldOut, first).Select(d => (IReadOnlyList<PromptMessage>)[d.Messages[0]]);

    private IReadOnlyList<RatedAnswer> Sample(string folder, IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, long seed) =>
        SampledAnswers.Of(_store, folder, prompts, _options, _workers, seed);

    private static double Deviation(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
    }

    public void Dispose()
    {
        _workers.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}
