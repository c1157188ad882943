using ChatLoop.Model.Transformers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Engine.Bench;

/// <summary>
/// Whether matrix products in BFloat16 would speed training up: a whole step of the starter's shape in Float32 (forward and backward
/// of one of the two batches of an update), and its products alone in Float32, in BFloat16 with Float32 weights and activations
/// around them (what autocast does), and in BFloat16 throughout. TorchSharp has no autocast; a step with such products would
/// take the step's time, less that of its products in Float32, plus that of the others.
/// </summary>
internal static class TrainingPrecision
{
    private const int Rounds = 15;
    private const int Rows = 16;
    private const int Length = 64;

    private static readonly TransformerConfig Starter = new()
    {
        VocabularySize = 2048,
        HiddenSize = 128,
        IntermediateSize = 384,
        Layers = 5,
        Heads = 4,
        KeyValueHeads = 2,
        MaxPositions = 512,
    };

    public static void Measure()
    {
        set_num_threads(1);
        using var transformer = new Transformer(TransformerWeights.Initialise(Starter, 1));
        transformer.Weights.RequireGradients(true);
        using var tokens = randint(0, Starter.VocabularySize, [Rows, Length], ScalarType.Int64);
        using Products single = new(ScalarType.Float32), half = new(ScalarType.BFloat16);
        (string Name, Action Work)[] works =
        [
            ("a step in Float32", () => Step(transformer, tokens)),
            ("its products in Float32", () => single.Run(around: ScalarType.Float32)),
            ("its products in BFloat16, Float32 around", () => single.Run(around: ScalarType.BFloat16)),
            ("its products in BFloat16 throughout", () => half.Run(around: ScalarType.BFloat16)),
        ];
        foreach (var (_, work) in works) work();
        // In turn, so that a busy neighbour slows all of them down alike.
        var times = Enumerable.Range(0, Rounds).Select(_ => works.Select(w => Time.Of(w.Work)).ToArray()).ToArray();
        Console.WriteLine($"{Rows * Length} tokens, {transformer.Weights.Count / 1e6:F2}M weights, 1 thread, median of {Rounds}");
        foreach (var (i, (name, _)) in works.Index())
            Console.WriteLine($"{name,-42}{Quantile.Of(times.Select(t => t[i].Wall), 0.5),8:F1} ms, processor {Quantile.Of(times.Select(t => t[i].Processor), 0.5),8:F1} ms");
    }

    private static void Step(Transformer transformer, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var logits = transformer.Logits(transformer.Hidden(tokens)).view(-1, Starter.VocabularySize);
        cross_entropy(logits, tokens.view(-1)).backward();
        foreach (var parameter in transformer.Weights.Parameters) parameter.grad?.zero_();
    }


    /// <summary>Every matrix product of a step, each with an input and a gradient of its own.</summary>
    private sealed class Products : IDisposable
    {
        private readonly List<(Tensor Input, Tensor Weight, Tensor Gradient)> _all = [];
        private readonly ScalarType _type;

        public Products(ScalarType type)
        {
            _type = type;
            var (hidden, wide, heads) = (Starter.HiddenSize, Starter.IntermediateSize, Starter.Heads + 2 * Starter.KeyValueHeads);
            for (var layer = 0; layer < Starter.Layers; layer++)
            {
                Add(hidden, heads * Starter.HeadSize);
                Add(hidden, hidden);
                Add(hidden, 2 * wide);
                Add(wide, hidden);
            }
            Add(hidden, Starter.VocabularySize);
        }

        private void Add(long from, long to) => _all.Add((
            randn(Rows * Length, from).to(_type).requires_grad_(true), randn(to, from).to(_type).requires_grad_(true), randn(Rows * Length, to).to(_type)));

        public void Run(ScalarType around)
        {
            foreach (var (input, weight, gradient) in _all)
            {
                using var scope = NewDisposeScope();
                linear(input.to(around), weight.to(around)).to(_type).backward([gradient]);
                input.grad!.zero_();
                weight.grad!.zero_();
            }
        }

        public void Dispose()
        {
            foreach (var (input, weight, gradient) in _all)
            {
                input.Dispose();
                weight.Dispose();
                gradient.Dispose();
            }
        }
    }
}
