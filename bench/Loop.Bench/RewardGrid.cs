using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Loop.Bench;

internal static class RewardGrid
{
    public static void Run(int pairs, string[] tasks, int[] seeds, string[] configs)
    {
        using var policy = new CheckpointStore("/tmp/learn-store").Load("starter");
        using var workers = new TrainingWorkers(2, 1);
        TrainingWorkers.PrepareCurrentThread(1);
        var sampling = new RolloutSettings(policy.Template.EndOfTurn, policy.Template.Pad, 160, 1024);
        var stream = new DialogueGenerator(CorpusContent.Load(), 77).Stream(false).Select(d => (IReadOnlyList<PromptMessage>)[d.Messages[0]]).Take(8_000).ToList();
        int[] marks = [1, 2, 3, 4, 6, 8, 12];
        foreach (var config in configs)
        {
            var o = new RewardModelOptions { Epochs = 12 };
            foreach (var kv in config.Split(',').Select(c => c.Split('='))) o = kv[0] switch { "lr" => o with { LearningRate = double.Parse(kv[1]) }, "hlr" => o with { HeadLearningRate = double.Parse(kv[1]) }, "mb" => o with { Minibatch = int.Parse(kv[1]) }, "wd" => o with { WeightDecay = double.Parse(kv[1]) }, "c" => o with { Centring = double.Parse(kv[1]) }, "ep" => o with { Epochs = int.Parse(kv[1]) }, "h" => o with { }, _ => throw new ArgumentException(config) };
            foreach (var task in tasks)
            {
                var (name, noise) = (task.Split('+')[0], task.Contains('+') ? double.Parse(task.Split('+')[1]) : 0);
                var rater = new ScriptedRater(Traits.Of(name));
                var rows = new string[seeds.Length]; var all = new double[seeds.Length][];
                var test = rater.Rate(policy, stream[..120], sampling, 999, workers).SelectMany(p => new[] { p.First, p.Second }.Select(a => (Tokens: new TokenizedAnswer(policy.Template.Prompt(p.Prompt), a.Tokens), Likes: rater.Likes(a.Text)))).ToList();
                var rated = seeds.Select(seed =>
                {
                    var r = rater.Rate(policy, stream[(1000 * seed)..(1000 * seed + pairs)], sampling, seed, workers).Select(p => { var prompt = policy.Template.Prompt(p.Prompt); return new Judgement(p.RaterId, new(prompt, p.First.Tokens), new(prompt, p.Second.Tokens), p.FirstPreferred); }).ToList();
                    var flips = new Random(seed);
                    for (var k = 0; k < r.Count; k++) if (flips.NextDouble() < noise) r[k] = r[k] with { Label = flips.Next(3) / 2.0 };
                    return r;
                }).ToArray();
                workers.Run([.. seeds.Select((seed, s) => (Action)(() =>
                {
                    using var model = RewardModel.From(policy.Transformer.Weights, seed);
                    using var fit = new RewardModelFit(model, rated[s], o, sampling, seed);
                    var aucs = new List<double>();
                    for (var e = 1; e <= o.Epochs; e++)
                    {
                        fit.RunEpoch(default);
                        if (!marks.Contains(e)) continue;
                        var scores = model.RawScores([.. test.Select(t => t.Tokens)], 0, 1024, default);
                        var yes = scores.Where((_, i) => test[i].Likes).ToList(); var no = scores.Where((_, i) => !test[i].Likes).ToList();
                        aucs.Add(yes.Average(y => no.Average(n => y > n ? 1.0 : y == n ? 0.5 : 0)));
                    }
                    all[s] = [.. aucs];
                }))]);
                Console.WriteLine($"{config,-28} {task,-14} " + string.Join(" ", Enumerable.Range(0, all[0].Length).Select(i => $"e{marks[i]}={all.Average(a => a[i]):0.000}")) + $"  min@4 {all.Min(a => a[3]):0.00} last {all.Min(a => a[^1]):0.00}");
            }
        }
    }
}
