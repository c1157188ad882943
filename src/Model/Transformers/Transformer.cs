using static ChatLoop.Model.Tensors.ScalarArithmetic;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Model.Transformers;

/// <summary>
/// A decoder-only transformer of the Llama family: RMSNorm, rotary embeddings, grouped-query attention, SwiGLU. One forward
/// pass serves and trains, so that the log-probabilities of both agree. Owns its weights and rotary tables.
/// Shapes: B batch, T tokens, D hidden, V vocabulary.
/// </summary>
public sealed class Transformer : IDisposable
{
    private static readonly long[] LastDimension = [-1];
    private readonly RotaryEmbedding _rotary;

    public Transformer(TransformerWeights weights)
    {
        Weights = weights;
        _rotary = new RotaryEmbedding(Config.HeadSize, Config.MaxPositions, Config.RopeTheta);
    }

    public TransformerWeights Weights { get; }
    public TransformerConfig Config => Weights.Config;

    /// <summary>
    /// Final hidden states of whole sequences, [B, T] int64 -> [B, T, D]. Sequences are padded on the right: attention is causal,
    /// so padding never reaches a real token, and positions need no shift. Differentiable.
    /// </summary>
    public Tensor Hidden(Tensor tokens)
    {
        var length = tokens.shape[1];
        CheckLength(length);
        var positions = Range(length, ScalarType.Int64).view(1, length);
        return Run(tokens, positions, (_, keysAndValues) => keysAndValues, mask: null, causal: length > 1);
    }

    /// <summary>
    /// Final hidden states of the next T tokens of slots first … first + n - 1, [n, T] int64 -> [n, T, D]; the cache grows by T
    /// tokens a slot. T > 1 needs n = 1 (prefill). Not differentiable.
    /// </summary>
    public Tensor Hidden(Tensor tokens, KeyValueCache cache, int firstSlot = 0)
    {
        var (n, length) = ((int)tokens.shape[0], (int)tokens.shape[1]);
        if (length > 1 && n > 1) throw new ArgumentException("Prefill takes one sequence at a time.", nameof(tokens));
        var longest = cache.LongestOf(firstSlot, n) + length;
        CheckLength(longest);
        if (longest > cache.Capacity)
            throw new ArgumentException($"{longest} tokens do not fit a cache of {cache.Capacity}.", nameof(tokens));

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var rows = cache.RowsFor(firstSlot, n, length);
        var positions = rows.Modulo(cache.Capacity).view(n, length);
        var fresh = longest == length;
        var mask = fresh || (n == 1 && length == 1) ? null : PastOnly(positions, longest);
        var hidden = Run(tokens, positions, (layer, added) => cache.Append(layer, firstSlot, added, rows), mask, causal: fresh && length > 1);
        cache.Advance(firstSlot, n, length);
        return hidden.MoveToOuterDisposeScope();
    }

    /// <summary>Next-token logits, [.., D] -> [.., V].</summary>
    public Tensor Logits(Tensor hidden) => linear(hidden, Weights.Output);

    /// <summary>What is added to the scores of tokens at [n, T] positions: minus infinity where a key is later, [n, 1, T, keys].</summary>
    private static Tensor PastOnly(Tensor positions, int keys)
    {
        var later = Range(keys, ScalarType.Int64).gt(positions.unsqueeze(-1)).unsqueeze(1);
        return zeros(later.shape).Exclude(later);
    }

    private Tensor Run(Tensor tokens, Tensor positions, Func<int, Tensor, Tensor> remember, Tensor? mask, bool causal)
    {
        var rotation = _rotary.At(positions, turning: Config.Heads + Config.KeyValueHeads, staying: Config.KeyValueHeads);
        var x = Weights.Embedding.index_select(0, tokens.reshape(-1)).view(tokens.shape[0], tokens.shape[1], Config.HiddenSize);
        for (var i = 0; i < Config.Layers; i++)
        {
            // Memory of one layer serves the next; what a backward pass needs, it keeps itself.
            using var scope = NewDisposeScope();
            var layer = Weights.Layers[i];
            x = x.Plus(Attention(i, layer, RmsNorm(x, layer.InputNorm), rotation, remember, mask, causal));
            x = x.Plus(Mlp(layer, RmsNorm(x, layer.MlpNorm))).MoveToOuterDisposeScope();
        }
        return RmsNorm(x, Weights.FinalNorm);
    }

    private Tensor Attention(int index, LayerWeights layer, Tensor x, Rotation rotation, Func<int, Tensor, Tensor> remember, Tensor? mask,
        bool causal)
    {
        var (batch, length) = (x.shape[0], x.shape[1]);
        var (heads, groups) = (Config.Heads, Config.KeyValueHeads);
        var projected = linear(x, layer.QueryKeyValue).view(batch, length, heads + 2 * groups, Config.HeadSize);
        var rotated = RotaryEmbedding.Rotate(projected, rotation);
        var query = rotated.narrow(2, 0, heads);
        var remembered = remember(index, rotated.narrow(2, heads, 2 * groups));
        var (keys, values) = (remembered.narrow(2, 0, groups), remembered.narrow(2, groups, groups));
        var attended = length == 1
            ? AttendOne(query, keys, values, mask)
            : scaled_dot_product_attention(query.transpose(1, 2), Repeat(keys), Repeat(values), mask, 0.0, causal).transpose(1, 2);
        return linear(attended.reshape(batch, length, Config.HiddenSize), layer.AttentionOutput);
    }

    /// <summary>
    /// One new token: the query heads of a group attend to the same keys, so they go as the rows of one query and nothing is
    /// repeated. [n, 1, H, E] with keys [n, T, G, E] -> [n, G, H / G, E].
    /// </summary>
    private Tensor AttendOne(Tensor query, Tensor keys, Tensor values, Tensor? mask) => scaled_dot_product_attention(
        query.reshape(query.shape[0], Config.KeyValueHeads, -1, Config.HeadSize), keys.transpose(1, 2), values.transpose(1, 2), mask);

    /// <summary>Each key/value head serves H / G query heads, [B, T, G, E] -> [B, H, T, E].</summary>
    private Tensor Repeat(Tensor x)
    {
        var times = Config.Heads / Config.KeyValueHeads;
        return times == 1 ? x.transpose(1, 2) : x.transpose(1, 2).unsqueeze(2).expand(-1, -1, times, -1, -1).flatten(1, 2);
    }

    /// <summary>SwiGLU (Shazeer 2020): down(silu(gate(x)) * up(x)).</summary>
    private Tensor Mlp(LayerWeights layer, Tensor x)
    {
        var gateUp = linear(x, layer.GateUp);
        var (gate, up) = (gateUp.narrow(-1, 0, Config.IntermediateSize), gateUp.narrow(-1, Config.IntermediateSize, Config.IntermediateSize));
        return linear(silu(gate) * up, layer.Down);
    }

    /// <summary>x / rms(x) * weight (Zhang and Sennrich 2019).</summary>
    private Tensor RmsNorm(Tensor x, Tensor weight) =>
        x * x.Squared().mean(LastDimension, keepdim: true).Plus(Config.RmsNormEpsilon).rsqrt() * weight;

    private void CheckLength(long length)
    {
        if (length > Config.MaxPositions)
            throw new ArgumentException($"{length} tokens exceed the context window of {Config.MaxPositions}.", nameof(length));
    }

    public void Dispose()
    {
        _rotary.Dispose();
        Weights.Dispose();
    }
}
