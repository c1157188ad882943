using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Pretraining;
using TorchSharp;

if (args[0] == "corpus")
{
    var g = new DialogueGenerator(CorpusContent.Load(), 1);
    foreach (var d in g.Stream(args[1] == "held").Take(int.Parse(args[2])))
    {
        foreach (var m in d.Messages) Console.WriteLine($"{m.Role}: {m.Text}");
        Console.WriteLine();
    }
    return 0;
}
torch.set_num_threads(2);
var options = new PretrainingOptions
{
    Tokens = long.Parse(args[1]), HiddenSize = int.Parse(args[3]), IntermediateSize = int.Parse(args[4]), Layers = int.Parse(args[5]),
    Heads = int.Parse(args[6]), KeyValueHeads = int.Parse(args[7]), BatchTokens = int.Parse(args[8]), LearningRate = double.Parse(args[9]),
};
using var run = new PretrainingRun(options, CorpusContent.Load(), args[2]);
Console.WriteLine($"vocabulary {run.Tokenizer.VocabularySize}, parameters {run.Transformer.Weights.Count}");
double loss = 0, rate = 0;
run.Train(200, new ChatLoop.Trainer.Lines(p =>
{
    loss = loss == 0 ? p.Loss : 0.95 * loss + 0.05 * p.Loss;
    rate = rate == 0 ? p.TokensPerSecond : 0.95 * rate + 0.05 * p.TokensPerSecond;
    if (p.Step % 20 == 0) Console.WriteLine($"{DateTime.Now:HH:mm:ss} step {p.Step} tokens {p.Tokens} loss {loss:F4} lr {p.LearningRate:G3} {rate:F0} tok/s left {TimeSpan.FromSeconds((p.TotalTokens - p.Tokens) / rate):hh\\:mm\\:ss}");
}), CancellationToken.None);
return 0;

namespace ChatLoop.Trainer { internal sealed class Lines(Action<PretrainingProgress> report) : IProgress<PretrainingProgress>
{
    public void Report(PretrainingProgress value) => report(value);
} }
