using System.Diagnostics;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Loop.Bench;

internal static class RewardStudy
{
    public static void FromArguments(string[] args)
    {
    var o = new RewardModelOptions(); Func<string, bool> trait = Traits.Of("question"); var noise = 0.0;
    foreach (var a in args.Skip(3)) { var kv = a.Split('='); if (kv[0] == "trait") { trait = Traits.Of(kv[1]); continue; } if (kv[0] == "noise") { noise = double.Parse(kv[1]); continue; } o = kv[0] switch { "epochs" => o with { Epochs = int.Parse(kv[1]) }, "lr" => o with { LearningRate = double.Parse(kv[1]) }, "hlr" => o with { HeadLearningRate = double.Parse(kv[1]) }, "mb" => o with { Minibatch = int.Parse(kv[1]) }, "wd" => o with { WeightDecay = double.Parse(kv[1]) }, "folds" => o with { Folds = int.Parse(kv[1]) }, "c" => o with { Centring = double.Parse(kv[1]) }, _ => throw new ArgumentException(a) }; }
    RewardStudy.Run(new CheckpointStore("/tmp/learn-store"), Environment.GetEnvironmentVariable("STARTER") ?? "starter", int.Parse(args[1]), [.. args[2].Split(',').Select(int.Parse)], o, trait, noise);
    }

    public static void Run(CheckpointStore store, string folder, int pairs, int[] seeds, RewardModelOptions options, Func<string, bool> trait, double noise)
    {
        using var policy = store.Load(folder);
        using var workers = new TrainingWorkers(2, 1);
        TrainingWorkers.PrepareCurrentThread(1);
        var sampling = new RolloutSettings(policy.Template.EndOfTurn, policy.Template.Pad, 160, 1024);
        var generator = new DialogueGenerator(CorpusContent.Load(), 77);
        var stream = generator.Stream(false).Select(d => (IReadOnlyList<PromptMessage>)[d.Messages[0]]).Take(20_000).ToList();
        var rater = new ScriptedRater(trait);
        var test = rater.Rate(policy, stream[..400], sampling, 999, workers).Select(Tokenise).ToList();
        Console.WriteLine($"test: informative {test.Count(t => t.IsInformative)} of {test.Count}");
        foreach (var seed in seeds)
        {
            var rated = rater.Rate(policy, stream[(1000 * seed)..(1000 * seed + pairs)], sampling, seed, workers).Select(Tokenise).ToList();
            var flips = new Random(seed); for (var k = 0; k < rated.Count; k++) if (flips.NextDouble() < noise) rated[k] = rated[k] with { Label = flips.Next(3) / 2.0 };
            var watch = Stopwatch.StartNew();
            var epochs = 0;
            var (model, quality) = new RewardModelTrainer(options, sampling, workers).Train(policy.Transformer.Weights, rated, [], seed, (_, _, p) => epochs = p.Count > 0 && p[0].Name == "reward_model/loss" ? p[0].Step : epochs, default);
            var seconds = watch.Elapsed.TotalSeconds;
            using (model)
            {
                var first = model.RawScores([.. test.Select(t => t.First)], 0, 1024, default);
                var second = model.RawScores([.. test.Select(t => t.Second!)], 0, 1024, default);
                var scores = test.Select((t, i) => new PairScores(t, first[i], second[i])).ToList();
                var all = test.SelectMany((t, i) => new[] { (t.First, first[i]), (t.Second!, second[i]) }).Select(x => (Likes: rater.Likes(policy.Tokenizer.Decode(x.Item1.Answer)), Score: x.Item2)).ToList();
                var (yes, no) = (all.Where(a => a.Likes).Select(a => a.Score).ToList(), all.Where(a => !a.Likes).Select(a => a.Score).ToList());
                var auc = yes.Average(y => no.Average(n => y > n ? 1.0 : y == n ? 0.5 : 0));
                var mean = all.Average(a => a.Score); var sd = Math.Sqrt(all.Average(a => (a.Score - mean) * (a.Score - mean)));
                Console.WriteLine($"seed {seed}: informative {rated.Count(r => r.IsInformative)}/{pairs} epochs {epochs} loss {quality.TrainingLoss:0.000} train {quality.TrainingAccuracy:0.00} cv {quality.HeldOutAccuracy:0.00}({quality.HeldOutPairs}) test {PairScores.Accuracy(scores):0.000} auc {auc:0.000} gap/sd {(yes.Average() - no.Average()) / sd:0.00} len {quality.LengthCorrelation:0.00} {seconds:0.0}s");
            }
        }

        Judgement Tokenise(PreferencePair p)
        {
            var prompt = policy.Template.Prompt(p.Prompt);
            return new(p.RaterId, new(prompt, p.First.Tokens), new(prompt, p.Second.Tokens), p.FirstPreferred);
        }
    }
}
