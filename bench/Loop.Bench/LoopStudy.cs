using System.Diagnostics;
using System.Globalization;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Gates;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Loop.Bench;

/// <summary>
/// A scripted rater who prefers answers that end with a question judges pairs sampled from the live model; after each batch the
/// three steps run and the trait is counted on prompts that nobody rated. Nothing in the trainer knows the trait.
/// </summary>
internal sealed class LoopStudy : IDisposable
{
    private const string Starter = "starter";
    private const int PromptsPerSeed = 500, MeasuredAnswers = 300, PromptSeed = 77, MeasureSeed = 4242;

    private readonly string _root = Directory.CreateTempSubdirectory("chatloop-loop-").FullName;
    private readonly CheckpointStore _store;
    private readonly LearningOptions _options = new();
    private readonly TrainingWorkers _workers;
    private readonly LoopTrainer _trainer;
    private readonly DialogueGenerator _dialogues = new(CorpusContent.Load(), PromptSeed);

    public LoopStudy(string starterFolder)
    {
        _store = new CheckpointStore(_root);
        _store.Import(starterFolder, Starter);
        _workers = new TrainingWorkers(_options.Workers, _options.IntraOpThreads);
        _trainer = new LoopTrainer(_store, _options);
    }

    /// <param name="updates">New pairs before each update; a batch holds all pairs so far.</param>
    public async Task Run(IReadOnlyList<int> updates, int seed)
    {
        var (parent, pairs) = (Starter, new List<PreferencePair>());
        var prompts = _dialogues.Stream(heldOut: false, first: (long)seed * PromptsPerSeed).Select(d => d.Messages[0]).GetEnumerator();
        foreach (var (index, count) in updates.Index())
        {
            pairs.AddRange(Rate(parent, [.. Enumerable.Range(0, count).Select(_ => Next())], seed));
            parent = await Update($"seed-{seed}/run-{index + 1}", parent, pairs, seed);
        }

        IReadOnlyList<PromptMessage> Next()
        {
            prompts.MoveNext();
            return [prompts.Current];
        }
    }

    /// <summary>Judged pairs of the starter's answers.</summary>
    public FeedbackBatch Batch(int pairs, int seed) => BatchOf("run", [.. Rate(Starter,
        [.. _dialogues.Stream(heldOut: false, first: (long)seed * PromptsPerSeed).Take(pairs).Select(d => (IReadOnlyList<PromptMessage>)[d.Messages[0]])], seed)]);

    private static FeedbackBatch BatchOf(string run, List<PreferencePair> pairs) => new()
    {
        RunId = run,
        Training = new() { Pairs = [.. pairs.Where((_, i) => i % 5 != 0)] },
        HeldOut = new() { Pairs = [.. pairs.Where((_, i) => i % 5 == 0)] },
    };

    /// <summary>Returns the checkpoint that serves afterwards: the candidate if it passed the gate.</summary>
    private async Task<string> Update(string run, string parent, List<PreferencePair> pairs, int seed)
    {
        var batch = BatchOf(run, pairs);
        var (rewardFolder, policyFolder, ignore) = ($"{run}/reward-model", $"{run}/policy", new Progress<TrainingProgress>());
        var clock = new StepClock();
        var reward = await _trainer.TrainRewardModel(new(run, batch, parent, rewardFolder, seed), ignore, default);
        clock.Lap("reward model");
        var policy = await _trainer.TrainPolicy(new(run, batch, parent, Starter, rewardFolder, policyFolder, seed), ignore, default);
        clock.Lap("PPO");
        var gate = await _trainer.Judge(new(run, batch, parent, Starter, policyFolder, rewardFolder, reward, seed), ignore, default);
        clock.Lap("gate");
        var stopped = string.Join(", ", gate.Report.Checks.Where(c => !c.Passed).Select(c => c.Name));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{run} ({pairs.Count} pairs): trait {TraitShare(parent):P0} -> {TraitShare(policyFolder):P0}; ") + string.Create(CultureInfo.InvariantCulture,
            $"accuracy {reward.HeldOutAccuracy:0.00} of {reward.HeldOutPairs}; KL {gate.Metrics.Kl:0.0}; {policy.Iterations} iterations; ") +
            $"gate {(gate.Report.Passed ? "passed" : $"stopped: {stopped}")}; {clock}");
        Console.WriteLine("  " + string.Join(", ", gate.Report.Checks.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name} {c.Value:0.###} ({c.Limit})"))));
        return gate.Report.Passed ? policyFolder : parent;
    }

    private List<PreferencePair> Rate(string folder, IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, int seed)
    {
        var rater = new ScriptedRater("rater", EndsWithQuestion);
        var answers = Sample(folder, [.. prompts, .. prompts], seed);
        return [.. prompts.Select((p, i) => rater.Rate($"{folder}/{i}", p, answers[i], answers[prompts.Count + i]))];
    }

    private double TraitShare(string folder)
    {
        var held = HeldOutDialogues.Load().Select(d => d.Prompt());
        var others = _dialogues.Stream(heldOut: true).Select(d => (IReadOnlyList<PromptMessage>)[d.Messages[0]]);
        return Sample(folder, [.. held.Concat(others).Take(MeasuredAnswers)], MeasureSeed).Average(a => EndsWithQuestion(a.Text) ? 1.0 : 0.0);
    }

    private IReadOnlyList<RatedAnswer> Sample(string folder, IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, long seed)
    {
        using var policy = _store.Load(folder);
        var settings = new RolloutSettings(policy.Template.EndIds, policy.Template.Pad, _options.MaxAnswerTokens, _options.MicroBatchTokens);
        return [.. RolloutSampler.Sample(policy.Transformer, [.. prompts.Select(p => policy.Template.Prompt(p))], settings, seed, _workers, default)
            .Select(r => new RatedAnswer { TurnId = "sampled", Text = policy.Tokenizer.Decode(r.Tokens.Answer), Tokens = r.Tokens.Answer })];
    }

    private static bool EndsWithQuestion(string answer) => answer.EndsWith('?');

    public void Dispose()
    {
        _trainer.Dispose();
        _workers.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>Wall and processor seconds of each step: on a busy machine only the latter say something.</summary>
    private sealed class StepClock
    {
        private readonly List<string> _laps = [];
        private readonly Stopwatch _wall = Stopwatch.StartNew();
        private TimeSpan _processor = Process.GetCurrentProcess().TotalProcessorTime;

        public void Lap(string step)
        {
            var now = Process.GetCurrentProcess().TotalProcessorTime;
            _laps.Add(string.Create(CultureInfo.InvariantCulture,
                $"{step} {_wall.Elapsed.TotalSeconds:0} s ({(now - _processor).TotalSeconds:0} s CPU)"));
            _processor = now;
            _wall.Restart();
        }

        public override string ToString() => string.Join(", ", _laps);
    }
}
