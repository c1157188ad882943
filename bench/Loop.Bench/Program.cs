using ChatLoop.Loop.Bench;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Pretraining;
using static TorchSharp.torch;

if (args[0] == "pretrain")
{
    set_num_threads(int.Parse(args[1]));
    var options = new PretrainingOptions { Tokens = long.Parse(args[2]) };
    using var run = new PretrainingRun(options, CorpusContent.Load(), "/tmp/learn-pretrain/state");
    double loss = 0;
    run.Train(200, new Lines(p => { loss = loss == 0 ? p.Loss : 0.95 * loss + 0.05 * p.Loss; if (p.Step % 20 == 0) Console.WriteLine($"{DateTime.Now:HH:mm:ss} step {p.Step} tokens {p.Tokens} loss {loss:F4} {p.TokensPerSecond:F0} tok/s left {p.Left}"); }), default);
    var store = new CheckpointStore("/tmp/learn-store");
    using var json = new MemoryStream();
    run.TokenizerJson.Write(json);
    store.Save("starter", new CheckpointContents { Weights = run.Transformer.Weights, Files = new Dictionary<string, byte[]> { ["tokenizer.json"] = json.ToArray() } });
    return 0;
}
if (args[0] == "grid") { RewardGrid.Run(int.Parse(args[1]), args[2].Split(","), [.. args[3].Split(",").Select(int.Parse)], args[4..]); return 0; }
if (args[0] == "snapshot") { Snapshot.Run(args[1], args[2]); return 0; }
if (args[0] == "rm")
{
    RewardStudy.FromArguments(args);
    return 0;
}
if (args[0] == "loop")
{
    // loop UPDATES SEEDS [trait=..] [ppo.x=..]
    var o = new ChatLoop.Trainer.Runs.LearningOptions();
    var verbose = false; Func<string, bool> trait = t => t.TrimEnd().EndsWith('?');
    foreach (var a in args.Skip(3))
    {
        if (a == "v") { verbose = true; continue; }
        var kv = a.Split('='); double d() => double.Parse(kv[1]); int n() => int.Parse(kv[1]);
        if (kv[0] == "trait") { trait = Traits.Of(kv[1]); continue; }
        var p = o.Ppo; var r = o.RewardModel;
        p = kv[0] switch { "it" => p with { Iterations = n() }, "n" => p with { Answers = n() }, "ep" => p with { Epochs = n() }, "mb" => p with { Minibatches = n() }, "lr" => p with { LearningRate = d() }, "clr" => p with { CriticLearningRate = d() }, "kl" => p with { KlCoefficient = d() }, "lam" => p with { Lambda = d() }, "akl" => p with { MaxApproximateKl = d() }, "ent" => p with { EntropyBonus = d() }, "maxkl" => p with { MaxKl = d() }, "tkl" => p with { TargetKl = d() }, "ms" => p with { MaxScore = d() }, _ => p };
        r = kv[0] switch { "repochs" => r with { Epochs = n() }, "rlr" => r with { LearningRate = d() }, "hlr" => r with { HeadLearningRate = d() }, _ => r };
        o = o with { Ppo = p, RewardModel = r };
    }
    foreach (var seed in args[2].Split(',').Select(int.Parse))
        await new LoopStudy(new CheckpointStore("/tmp/learn-store"), Environment.GetEnvironmentVariable("STARTER") ?? "starter", o, trait).Run([.. args[1].Split(',').Select(int.Parse)], seed, verbose);
    return 0;
}
return 1;
internal sealed class Lines(Action<PretrainingProgress> report) : IProgress<PretrainingProgress> { public void Report(PretrainingProgress value) => report(value); }
