using ChatLoop.Model.Adapters;
using TorchSharp.Modules;
using static ChatLoop.Model.Tensors.ScalarArithmetic;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Model.Transformers;

/// <summary>
/// A decoder-only transformer of the families of <see cref="ModelFamily"/>. One forward pass serves and trains, so that the
/// log-probabilities of both agree. Activations are Float32. Owns its weights and rotary tables; with an adapter it owns the adapter and
/// borrows the weights.
/// Shapes: B batch, T tokens, D hidden, V vocabulary, H heads, G key/value heads, E head size.
/// </summary>
public sealed class Transformer : IDisposable
{
    /// <summary>Null where positions are learned.</summary>
    private readonly RotaryEmbedding? _rotary;

    private readonly IReadOnlyList<LayerWeights> _layers;

    /// <param name="adapter">Learns in the place of the weights, which it was made for and which stay as they are.</param>
    public Transformer(TransformerWeights weights, LowRankAdapter? adapter = null)
    {
        (Weights, Adapter) = (weights, adapter);
        _layers = adapter is null ? weights.Layers : [.. weights.Layers.Select(adapter.Over)];
        _rotary = weights.PositionEmbedding is null ? new RotaryEmbedding(Config) : null;
    }

    public TransformerWeights Weights { get; }
    public LowRankAdapter? Adapter { get; }
    public TransformerConfig Config => Weights.Config;

    /// <summary>
    /// Whether a pass that trains keeps only the layers' inputs and computes each layer again for its gradients
    /// (<see cref="GradientCheckpoint"/>): less memory, a third more work. Gradients are the same.
    /// </summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>What training changes: the adapter where there is one, else every weight once.</summary>
    public IEnumerable<Parameter> TrainableParameters => Adapter?.Parameters ?? Weights.Parameters;

    /// <summary>Whether a training step may change the trainable parameters.</summary>
    /// <exception cref="InvalidOperationException">The weights are to be trained and are of 16 bits.</exception>
    public void RequireGradients(bool required)
    {
        if (Adapter is null) Weights.RequireGradients(required);
        else foreach (var parameter in Adapter.Parameters) parameter.requires_grad = required;
    }

    /// <summary>A copy of the weights with the adapter, if any, added: the same model in one piece. The caller owns it.</summary>
    public TransformerWeights Merged() => Adapter?.MergedWith(Weights) ?? Weights.Clone();

    /// <summary>
    /// Final hidden states of whole sequences, [B, T] int64 -> [B, T, D]. Sequences are padded on the right: attention is causal,
    /// so padding never reaches a real token, and positions need no shift. Differentiable.
    /// </summary>
    public Tensor Hidden(Tensor tokens)
    {
        var length = tokens.shape[1];
        CheckLength(length);
        var positions = Range(length, ScalarType.Int64).view(1, length);
        if (GradientCheckpointing && is_grad_enabled() && TrainableParameters.Any(p => p.requires_grad)) return Recomputing(tokens, positions);
        return Run(tokens, positions, (_, keysAndValues) => keysAndValues, AttentionMask.Fresh(Config, positions));
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
        var mask = longest == length ? AttentionMask.Fresh(Config, positions) : AttentionMask.Cached(Config, positions, longest);
        var hidden = Run(tokens, positions, (layer, added) => cache.Append(layer, firstSlot, added, rows), mask);
        cache.Advance(firstSlot, n, length);
        return hidden.MoveToOuterDisposeScope();
    }

    /// <summary>The tokens' embeddings, before any position or layer, [B, T] int64 -> [B, T, D]. Differentiable.</summary>
    public Tensor Words(Tensor tokens) => Rows(Weights.Embedding, tokens);

    /// <summary>Next-token logits, [.., D] -> [.., V].</summary>
    public Tensor Logits(Tensor hidden) => Projection.Linear(hidden, Weights.Output);

    private Tensor Run(Tensor tokens, Tensor positions, Func<int, Tensor, Tensor> remember, AttentionMask mask)
    {
        var rotation = Rotation(positions);
        var x = Embed(tokens, positions);
        for (var i = 0; i < Config.Layers; i++) x = Layer(i, x, rotation, remember, mask);
        return Weights.FinalNorm.Apply(x);
    }

    /// <summary>Whole sequences, of which only each layer's input is kept for the backward pass.</summary>
    private Tensor Recomputing(Tensor tokens, Tensor positions)
    {
        var x = Embed(tokens, positions);
        // Beside an adapter the embedding is no function of what learns; without a gradient no layer would be reached.
        if (!x.requires_grad) x = x.detach().requires_grad_(true);
        for (var i = 0; i < Config.Layers; i++)
        {
            var index = i;
            x = GradientCheckpoint.Apply(x, input => LayerOfWhole(index, input));
        }
        return Weights.FinalNorm.Apply(x);
    }

    /// <summary>A layer of whole sequences, with positions and masks of its own.</summary>
    private Tensor LayerOfWhole(int index, Tensor x)
    {
        using var scope = NewDisposeScope();
        var positions = Range(x.shape[1], ScalarType.Int64).view(1, -1);
        return Layer(index, x, Rotation(positions), (_, keysAndValues) => keysAndValues, AttentionMask.Fresh(Config, positions))
            .MoveToOuterDisposeScope();
    }

    private Rotation? Rotation(Tensor positions) =>
        _rotary?.At(positions, turning: Config.Heads + Config.KeyValueHeads, staying: Config.KeyValueHeads);

    /// <summary>Memory of one layer serves the next; what a backward pass needs, it keeps itself.</summary>
    private Tensor Layer(int index, Tensor x, Rotation? rotation, Func<int, Tensor, Tensor> remember, AttentionMask mask)
    {
        using var scope = NewDisposeScope();
        var layer = _layers[index];
        x = x.Plus(Attention(index, layer, layer.InputNorm.Apply(x), rotation, remember, mask.Of(index)));
        return x.Plus(Mlp(layer, layer.MlpNorm.Apply(x))).MoveToOuterDisposeScope();
    }

    /// <summary>[B, T] -> [B, T, D].</summary>
    private Tensor Embed(Tensor tokens, Tensor positions)
    {
        var words = Words(tokens);
        return Weights.PositionEmbedding is { } learned ? words.Plus(Rows(learned, positions)) : words;
    }

    private static Tensor Rows(Tensor table, Tensor index)
    {
        var rows = table.index_select(0, index.reshape(-1)).view(index.shape[0], index.shape[1], table.shape[1]);
        return rows.dtype == ScalarType.Float32 ? rows : rows.to(ScalarType.Float32);
    }

    private Tensor Attention(int index, LayerWeights layer, Tensor x, Rotation? rotation, Func<int, Tensor, Tensor> remember, LayerMask mask)
    {
        var (batch, length) = (x.shape[0], x.shape[1]);
        var (heads, groups) = (Config.Heads, Config.KeyValueHeads);
        var projected = NormaliseHeads(layer, layer.QueryKeyValue.Apply(x).view(batch, length, heads + 2 * groups, Config.HeadSize));
        var turned = rotation is { } r ? RotaryEmbedding.Rotate(projected, r) : projected;
        var query = turned.narrow(2, 0, heads);
        var remembered = remember(index, turned.narrow(2, heads, 2 * groups));
        var (keys, values) = (remembered.narrow(2, 0, groups), remembered.narrow(2, groups, groups));
        var attended = length == 1
            ? AttendOne(query, keys, values, mask.Added)
            : scaled_dot_product_attention(query.transpose(1, 2), Repeat(keys), Repeat(values), mask.Added, 0.0, mask.Causal).transpose(1, 2);
        return layer.AttentionOutput.Apply(attended.reshape(batch, length, heads * Config.HeadSize));
    }

    /// <summary>Normalises query and key heads where the family does, [B, T, H + 2 G, E].</summary>
    private Tensor NormaliseHeads(LayerWeights layer, Tensor projected)
    {
        if (layer is not { QueryNorm: { } queryNorm, KeyNorm: { } keyNorm }) return projected;
        var (heads, groups) = (Config.Heads, Config.KeyValueHeads);
        return cat(
            [
                queryNorm.Apply(projected.narrow(2, 0, heads)),
                keyNorm.Apply(projected.narrow(2, heads, groups)),
                projected.narrow(2, heads + groups, groups),
            ], 2);
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

    /// <summary>SwiGLU (Shazeer 2020), down(silu(gate(x)) * up(x)); in GPT-2 down(gelu(up(x))).</summary>
    private Tensor Mlp(LayerWeights layer, Tensor x)
    {
        var up = layer.Up.Apply(x);
        if (Config.Family == ModelFamily.Gpt2) return layer.Down.Apply(GeluTanh(up));
        var size = Config.IntermediateSize;
        return layer.Down.Apply(silu(up.narrow(-1, 0, size)) * up.narrow(-1, size, size));
    }

    /// <summary>The tanh form of GELU (Hendrycks and Gimpel 2016), Hugging Face's "gelu_new".</summary>
    private static Tensor GeluTanh(Tensor x)
    {
        var inner = (x * x.Squared()).Times(0.044715).Plus(x).Times(Math.Sqrt(2 / Math.PI));
        return x * inner.tanh().Plus(1.0).Times(0.5);
    }

    private void CheckLength(long length)
    {
        if (length > Config.MaxPositions)
            throw new ArgumentException($"{length} tokens exceed the context window of {Config.MaxPositions}.", nameof(length));
    }

    public void Dispose()
    {
        _rotary?.Dispose();
        if (Adapter is null) Weights.Dispose();
        else Adapter.Dispose();
    }
}
