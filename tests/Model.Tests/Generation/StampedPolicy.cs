using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Model.Tests.Tokenizers;
using ChatLoop.Model.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tests.Generation;

/// <summary>
/// Weights that show whether a token came from one set alone. Greedy, the set with stamp k writes <see cref="TokenOf"/>(k) and nothing else;
/// where any layer, the embedding or the output is another set's, the model writes <see cref="Mixed"/>.
/// A signal passes from dimension (0, k), where the embedding puts it, through (1, k), (2, k) … to the output, which turns it into the token. Attention of
/// layer i marks dimension (i, k) of a second kind; the layer's MLP multiplies signal and mark and writes the product to (i + 1, k), all in
/// its own unit k. What another set wrote is in other dimensions, so a product is exactly 0 and the signal is lost: then the token that a constant
/// speaks for wins. Queries, keys and values carry no stamp: those of earlier tokens stay in use after a swap, as they should.
/// </summary>
internal static class StampedPolicy
{
    public const int Stamps = 4;

    /// <summary>1 dimension for the constant, 4 stamps x (4 signals + 3 marks): 29 of 32.</summary>
    public static readonly TransformerConfig Config = TinyCheckpoint.Config with { Layers = 3, MaxPositions = 256, TieEmbeddings = false };

    public const int Mixed = TinyTokenizer.FirstByte + '!';

    /// <summary>Never changes, so that attention and the mixed token have something to read.</summary>
    private const int Constant = 0;

    /// <summary>What only a set of this stamp writes: a, b, c or d.</summary>
    public static int TokenOf(int stamp) => TinyTokenizer.FirstByte + 'a' + stamp % Stamps;

    /// <summary>Weights without a stamp: their results are in the cache when a swap comes.</summary>
    public static bool CarriesNoStamp(string name) =>
        new[] { "q_proj", "k_proj", "v_proj", "input_layernorm" }.Any(part => name.Contains(part, StringComparison.Ordinal));

    public static TransformerWeights Weights(int stamp)
    {
        // Queries and keys stay random: wherever a token looks, it sees the same values.
        var weights = TransformerWeights.Initialise(Config, stamp);
        using var noGrad = no_grad();
        Fill(weights, TransformerWeights.EmbeddingName(Config.Family), (.., Constant, 8), (.., Signal(0, stamp), 4));
        for (var layer = 0; layer < Config.Layers; layer++) FillLayer(weights, $"model.layers.{layer}.", layer, stamp);
        Fill(weights, "model.norm.weight", (.., Constant, 1), (.., Signal(Config.Layers, stamp), 1));
        Fill(weights, TransformerWeights.OutputName, (TokenOf(stamp)..(TokenOf(stamp) + 1), Signal(Config.Layers, stamp), 100), (Mixed..(Mixed + 1), Constant, 10));
        return weights;
    }

    private static void FillLayer(TransformerWeights weights, string name, int layer, int stamp)
    {
        var (signal, mark, unit) = (Signal(layer, stamp), Mark(layer, stamp), stamp);
        Fill(weights, name + "input_layernorm.weight", (.., Constant, 1));
        Fill(weights, name + "self_attn.v_proj.weight", (.., Constant, 0.5));
        // Every head holds the same values: their mean.
        Fill(weights, name + "self_attn.o_proj.weight", [.. Enumerable.Range(0, Config.HiddenSize).Select(d => (mark..(mark + 1), d, 1.0 / Config.HiddenSize))]);
        Fill(weights, name + "post_attention_layernorm.weight", (.., signal, 1), (.., mark, 1));
        Fill(weights, name + "mlp.gate_proj.weight", (unit..(unit + 1), signal, 4));
        Fill(weights, name + "mlp.up_proj.weight", (unit..(unit + 1), mark, 1));
        var next = Signal(layer + 1, stamp);
        Fill(weights, name + "mlp.down_proj.weight", (next..(next + 1), unit, 0.3));
    }

    private static int Signal(int layer, int stamp) => 1 + layer * Stamps + stamp;

    private static int Mark(int layer, int stamp) => Signal(Config.Layers + 1 + layer, stamp);

    /// <summary>Zero but for these rows of a column; a vector is one row.</summary>
    private static void Fill(TransformerWeights weights, string name, params (Range Rows, int Column, double Value)[] entries)
    {
        using var scope = NewDisposeScope();
        var matrix = weights.ByName[name].view(-1, weights.ByName[name].shape[^1]);
        matrix.zero_();
        foreach (var (rows, column, value) in entries)
        {
            var (from, count) = rows.GetOffsetAndLength((int)matrix.shape[0]);
            using var scalar = value.ToScalar();
            matrix.narrow(0, from, count).narrow(1, column, 1).fill_(scalar);
        }
    }
}
