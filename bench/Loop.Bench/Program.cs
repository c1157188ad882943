using ChatLoop.Loop.Bench;
using ChatLoop.Trainer.Rewards;
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
if (args[0] == "rm")
{
    var o = new RewardModelOptions();
    foreach (var a in args.Skip(3)) { var kv = a.Split('='); o = kv[0] switch { "epochs" => o with { Epochs = int.Parse(kv[1]) }, "lr" => o with { LearningRate = double.Parse(kv[1]) }, "hlr" => o with { HeadLearningRate = double.Parse(kv[1]) }, "mb" => o with { Minibatch = int.Parse(kv[1]) }, "wd" => o with { WeightDecay = double.Parse(kv[1]) }, "folds" => o with { Folds = int.Parse(kv[1]) }, "c" => o with { Centring = double.Parse(kv[1]) }, _ => throw new ArgumentException(a) }; }
    RewardStudy.Run(new CheckpointStore("/tmp/learn-store"), "starter", int.Parse(args[1]), [.. args[2].Split(',').Select(int.Parse)], o, t => t.TrimEnd().EndsWith('?'));
    return 0;
}
return 1;
internal sealed class Lines(Action<PretrainingProgress> report) : IProgress<PretrainingProgress> { public void Report(PretrainingProgress value) => report(value); }
