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
        var (batch, length) = (tokens.shape[0], tokens.shape[1]);
        CheckLength(length);
        var positions = arange(length, dtype: ScalarType.Int64).expand(batch, length);
        return Run(tokens, positions, (_, keys, values) => (keys, values), mask: null, causal: length > 1);
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
        var positions = rows.remainder(cache.Capacity).view(n, length);
        var fresh = longest == length;
        var mask = fresh || (n == 1 && length == 1)
            ? null
            : arange(longest, dtype: ScalarType.Int64).view(1, 1, 1, longest).le(positions.view(n, 1, length, 1));
        var hidden = Run(tokens, positions, (layer, k, v) => cache.Append(layer, firstSlot, k, v, rows), mask, causal: fresh && length > 1);
        cache.Advance(firstSlot, n, length);
        return hidden.MoveToOuterDisposeScope();
    }

    /// <summary>Next-token logits, [.., D] -> [.., V].</summary>
    public Tensor Logits(Tensor hidden) => linear(hidden, Weights.Output);

    private Tensor Run(Tensor tokens, Tensor positions, Func<int, Tensor, Tensor, (Tensor, Tensor)> remember, Tensor? mask, bool causal)
    {
        var (cos, sin) = _rotary.At(positions);
        var x = Weights.Embedding.index_select(0, tokens.reshape(-1)).view(tokens.shape[0], tokens.shape[1], Config.HiddenSize);
        for (var i = 0; i < Config.Layers; i++)
        {
            var layer = Weights.Layers[i];
            x = x + Attention(i, layer, RmsNorm(x, layer.InputNorm), cos, sin, remember, mask, causal);
            x = x + Mlp(layer, RmsNorm(x, layer.MlpNorm));
        }
        return RmsNorm(x, Weights.FinalNorm);
    }

    private Tensor Attention(int index, LayerWeights layer, Tensor x, Tensor cos, Tensor sin,
        Func<int, Tensor, Tensor, (Tensor, Tensor)> remember, Tensor? mask, bool causal)
    {
        var (batch, length) = (x.shape[0], x.shape[1]);
        var query = RotaryEmbedding.Rotate(linear(x, layer.Query).view(batch, length, Config.Heads, Config.HeadSize), cos, sin);
        var key = RotaryEmbedding.Rotate(linear(x, layer.Key).view(batch, length, Config.KeyValueHeads, Config.HeadSize), cos, sin);
        var value = linear(x, layer.Value).view(batch, length, Config.KeyValueHeads, Config.HeadSize);
        var (keys, values) = remember(index, key, value);
        var attended = scaled_dot_product_attention(
            query.transpose(1, 2), Repeat(keys.transpose(1, 2)), Repeat(values.transpose(1, 2)), mask, 0.0, causal);
        return linear(attended.transpose(1, 2).reshape(batch, length, Config.HiddenSize), layer.AttentionOutput);
    }

    /// <summary>Each key/value head serves Heads / KeyValueHeads query heads, [B, G, T, E] -> [B, H, T, E].</summary>
    private Tensor Repeat(Tensor x)
    {
        var times = Config.Heads / Config.KeyValueHeads;
        return times == 1 ? x : x.repeat_interleave(times, 1);
    }

    /// <summary>SwiGLU (Shazeer 2020): down(silu(gate(x)) * up(x)).</summary>
    private static Tensor Mlp(LayerWeights layer, Tensor x) => linear(silu(linear(x, layer.Gate)) * linear(x, layer.Up), layer.Down);

    /// <summary>x / rms(x) * weight (Zhang and Sennrich 2019).</summary>
    private Tensor RmsNorm(Tensor x, Tensor weight) =>
        x * (x.square().mean([-1], keepdim: true) + Config.RmsNormEpsilon).rsqrt() * weight;

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
