using static ChatLoop.Model.Tensors.ScalarArithmetic;
using static TorchSharp.torch;

namespace ChatLoop.Model.Transformers;

/// <summary>What a layer's tokens see.</summary>
/// <param name="Added">Added to the scores: minus infinity where a key is hidden, [n, 1, T, keys]; null where nothing is hidden but by <paramref name="Causal"/>.</param>
/// <param name="Causal">Each token sees itself and those before it, with as many keys as tokens.</param>
internal readonly record struct LayerMask(Tensor? Added, bool Causal);

/// <summary>What the tokens of a pass see: all before them, in some layers only the nearest.</summary>
internal sealed class AttentionMask
{
    private readonly TransformerConfig _config;
    private readonly LayerMask _full;
    private readonly LayerMask _windowed;

    private AttentionMask(TransformerConfig config, LayerMask full, LayerMask windowed) => (_config, _full, _windowed) = (config, full, windowed);

    /// <summary>Whole sequences from their beginning: as many keys as tokens at positions [n, T] or [1, T].</summary>
    public static AttentionMask Fresh(TransformerConfig config, Tensor positions)
    {
        var keys = positions.shape[1];
        return Of(config, positions, keys, new(null, Causal: keys > 1));
    }

    /// <summary>Tokens at positions [n, T] after others, of which the cache holds up to <paramref name="keys"/>.</summary>
    public static AttentionMask Cached(TransformerConfig config, Tensor positions, long keys)
    {
        var sole = positions.numel() == 1;
        return Of(config, positions, keys, new(sole ? null : Hide(positions, keys, null), Causal: false));
    }

    public LayerMask Of(int layer) => _config.WindowOf(layer) is null ? _full : _windowed;

    private static AttentionMask Of(TransformerConfig config, Tensor positions, long keys, LayerMask full)
    {
        var windowed = config.SlidingWindow is { } window && window < keys ? new(Hide(positions, keys, window), Causal: false) : full;
        return new(config, full, windowed);
    }

    /// <summary>A token at p sees keys p - window + 1 … p.</summary>
    private static Tensor Hide(Tensor positions, long keys, int? window)
    {
        var (key, token) = (Range(keys, ScalarType.Int64), positions.unsqueeze(-1));
        var hidden = key.gt(token);
        if (window is { } width) hidden = hidden.logical_or(key.Plus(tensor([(long)width])).le(token));
        hidden = hidden.unsqueeze(1);
        return zeros(hidden.shape).Exclude(hidden);
    }
}
