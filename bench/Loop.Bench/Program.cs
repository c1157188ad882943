using System.Diagnostics;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;

var threads = int.Parse(args[0]); var micro = int.Parse(args[1]);
set_num_threads(threads);
var config = new TransformerConfig { VocabularySize = 4096, HiddenSize = 192, IntermediateSize = 512, Layers = 6, Heads = 6, KeyValueHeads = 2, MaxPositions = 512 };
using var t = new Transformer(TransformerWeights.Initialise(config, 1));
Console.WriteLine(t.Weights.Count);
var random = new Random(1);
var answers = Enumerable.Range(0, 96).Select(_ => new TokenizedAnswer(Toks(random.Next(10, 40)), Toks(random.Next(15, 50)))).ToList();
int[] Toks(int n) => Enumerable.Range(0, n).Select(_ => random.Next(4, 4096)).ToArray();
Console.WriteLine($"tokens {answers.Sum(a => a.Length)} answers {answers.Sum(a => a.Answer.Count)}");
t.Weights.RequireGradients(true);
using var adam = new AdamOptimizer(t.Weights.Parameters, 1e-5);
for (var i = 0; i < 4; i++)
{
    var w = Stopwatch.StartNew();
    AnswerLikelihood.Evaluate(t, answers, 0, micro, default);
    var f = w.Elapsed.TotalSeconds; w.Restart();
    adam.ZeroGradients();
    foreach (var g in LengthBuckets.Split([.. answers.Select(a => a.Length)], micro))
    {
        using var s = NewDisposeScope();
        using var b = PaddedBatch.Of([.. g.Select(j => answers[j])], 0);
        var l = AnswerLikelihood.Of(t, b);
        (l.LogProbabilities.sum() / -1000 ).backward();
    }
    var fb = w.Elapsed.TotalSeconds; w.Restart();
    GradientNorm.Clip(t.Weights.Parameters, 1);
    adam.Step(1e-4);
    Console.WriteLine($"forward {f:0.00} forward+backward {fb:0.00} adam {w.Elapsed.TotalSeconds:0.00}");
}
