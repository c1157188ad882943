using System.Diagnostics;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Gates;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Loop.Bench;

/// <summary>Simulated raters, the three steps of a run, and what became of the trait on prompts that nobody rated.</summary>
internal sealed class LoopStudy(CheckpointStore store, string starter, LearningOptions options, Func<string, bool> trait)
{
    private readonly TrainingWorkers _workers = new(2, 1);
    private readonly List<IReadOnlyList<PromptMessage>> _stream =
        [.. new DialogueGenerator(CorpusContent.Load(), 77).Stream(false).Select(d => (IReadOnlyList<PromptMessage>)[d.Messages[0]]).Take(10_000)];

    public async Task Run(int[] updates, int seed, bool verbose)
    {
        using var trainer = new LoopTrainer(store, options);
        var parent = starter;
        var pairs = new List<PreferencePair>();
        foreach (var (number, count) in updates.Index())
        {
            pairs.AddRange(Rate(parent, _stream[(1000 * seed + 100 * number)..(1000 * seed + 100 * number + count)], seed));
            var run = $"study-{Guid.NewGuid():N}";
            var batch = new FeedbackBatch
            {
                RunId = run, LastSequence = pairs.Count, Thumbs = [],
                TrainingPairs = [.. pairs.Where((_, i) => i % 5 != 0)], HeldOutPairs = [.. pairs.Where((_, i) => i % 5 == 0)],
            };
            var (w, cpu) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
            var log = new Console1(verbose);
            var rm = await trainer.TrainRewardModel(new(run, batch, parent, $"{run}/rm", seed), log, default);
            var (rmWall, rmCpu) = Lap();
            var policy = await trainer.TrainPolicy(new(run, batch, parent, starter, $"{run}/rm", $"{run}/policy", seed), log, default);
            var (ppoWall, ppoCpu) = Lap();
            var gate = await trainer.Judge(new(run, batch, parent, starter, $"{run}/policy", $"{run}/rm", rm, seed), log, default);
            var (gateWall, gateCpu) = Lap();
            var before = Share(parent); var after = Share($"{run}/policy");
            Console.WriteLine($"seed {seed} update {number + 1} ({pairs.Count} pairs): trait {before:P0} -> {after:P0}; accuracy {rm.HeldOutAccuracy:0.00} of {rm.HeldOutPairs}, len r {rm.LengthCorrelation:0.00}; " +
                $"PPO {policy.Iterations} it, KL {gate.Metrics.Kl:0.0}, reward {gate.Metrics.Reward:0.00}, entropy {gate.Metrics.Entropy:0.00}/{gate.Metrics.ParentEntropy:0.00}, tokens {gate.Metrics.AnswerTokens:0.0}/{gate.Metrics.ParentAnswerTokens:0.0}; " +
                $"gate {(gate.Report.Passed ? "passed" : "STOPPED " + string.Join(",", gate.Report.Checks.Where(c => !c.Passed).Select(c => $"{c.Name}={c.Value:0.000}")))}; " +
                $"wall {rmWall:0}+{ppoWall:0}+{gateWall:0} s, cpu {rmCpu:0}+{ppoCpu:0}+{gateCpu:0} s");
            if (verbose) foreach (var c in gate.Report.Checks) Console.WriteLine($"   {c.Name} {c.Value:0.000} (limit {c.Limit})");
            if (verbose) foreach (var a in Answers($"{run}/policy", HeldOutDialogues.Load().Take(12).Select(d => d.Prompt()).ToList())) Console.WriteLine("   > " + a);
            if (gate.Report.Passed) parent = $"{run}/policy";

            (double, double) Lap()
            {
                var now = Process.GetCurrentProcess().TotalProcessorTime;
                var r = (w.Elapsed.TotalSeconds, (now - cpu).TotalSeconds);
                cpu = now; w.Restart();
                return r;
            }
        }
    }

    private double Share(string folder) => Answers(folder, [.. HeldOutDialogues.Load().Select(d => d.Prompt()), .. _stream[9000..9172]]).Average(a => trait(a) ? 1.0 : 0);

    private List<string> Answers(string folder, IReadOnlyList<IReadOnlyList<PromptMessage>> prompts)
    {
        using var policy = store.Load(folder);
        var sampling = new RolloutSettings(policy.Template.EndOfTurn, policy.Template.Pad, 160, 1024);
        return [.. RolloutSampler.Sample(policy.Transformer, [.. prompts.Select(p => policy.Template.Prompt(p))], sampling, 4242, _workers, default).Select(r => policy.Tokenizer.Decode(r.Tokens.Answer))];
    }

    private IReadOnlyList<PreferencePair> Rate(string folder, IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, long seed)
    {
        using var policy = store.Load(folder);
        return new ScriptedRater(trait).Rate(policy, prompts, new RolloutSettings(policy.Template.EndOfTurn, policy.Template.Pad, 160, 1024), seed, _workers);
    }

    private sealed class Console1(bool verbose) : IProgress<TrainingProgress>
    {
        private readonly Stopwatch _w = Stopwatch.StartNew();
        public void Report(TrainingProgress v)
        {
            if (verbose && v.Points.Count > 0) Console.WriteLine($"  {_w.Elapsed.TotalSeconds,5:0.0} {v.Detail} " + string.Join(" ", v.Points.Select(p => $"{p.Name.Split('/')[^1]}={p.Value:0.000}")));
        }
    }
}
