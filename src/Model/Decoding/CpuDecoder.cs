using ChatLoop.Model.Kernels;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Decoding;

/// <summary>
/// Runs tokens of several sequences, one of each or a piece of a prompt, by kernels that read every weight once a step from where
/// the tensors keep it: the logits of <see cref="Transformer"/>, up to rounding, at the speed of memory. A sequence's keys, values and logits
/// are the same bits whatever else is in the step, in whatever pieces its prompt is run and however many threads there are. Computes all of
/// <see cref="ModelFamily"/> with weights of 16 or 32 bits, without what an adapter adds to them; no step allocates managed memory. Owns
/// its buffers, not the weights, which must outlive it in their place (steps of an optimizer in between are seen), nor the team. Not thread-safe.
/// </summary>
public sealed class CpuDecoder : IDisposable
{
    private readonly ThreadTeam _team;
    private readonly Epilogue _activation;
    private DecoderWeights _weights;

    /// <summary>The residual stream, [n, D].</summary>
    private readonly RowBuffer _x;
    private readonly RowBuffer _normalised;
    /// <summary>[n, (H + 2 G) E].</summary>
    private readonly RowBuffer _heads;
    /// <summary>[n, H E].</summary>
    private readonly RowBuffer _attended;
    /// <summary>[n, F].</summary>
    private readonly RowBuffer _inner;
    /// <summary>[number of logits, V].</summary>
    private readonly RowBuffer _logits;

    private readonly StepRows _rows;
    private readonly NormJob _norm = new();
    private readonly ProductJob _product;
    private readonly HeadJob _head;
    private readonly AttentionJob _attention;

    /// <param name="tokens">The most in a step.</param>
    /// <param name="logits">The most of a step's tokens that give logits.</param>
    /// <exception cref="ArgumentException">The weights are not in the processor's memory.</exception>
    public CpuDecoder(
        TransformerWeights weights, ThreadTeam team, int tokens, int logits, DecodingPrecision precision = DecodingPrecision.AsStored)
        : this(new DecoderWeights(weights, precision), team, tokens, logits)
    {
    }

    /// <param name="weights">The decoder owns them from then on.</param>
    /// <param name="tokens">The most in a step.</param>
    /// <param name="logits">The most of a step's tokens that give logits.</param>
    public CpuDecoder(DecoderWeights weights, ThreadTeam team, int tokens, int logits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(logits, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, logits);
        (_weights, _team, MostTokens, MostLogits) = (weights, team, tokens, logits);
        var config = weights.Config;
        var gated = config.Family != ModelFamily.Gpt2;
        _activation = gated ? Epilogue.SwiGlu : Epilogue.Gelu;
        (_x, _normalised) = (new(tokens, config.HiddenSize), new(tokens, config.HiddenSize));
        _heads = new(tokens, (config.Heads + 2 * config.KeyValueHeads) * config.HeadSize);
        _attended = new(tokens, config.Heads * config.HeadSize);
        _inner = new(tokens, config.IntermediateSize);
        _logits = new(logits, config.VocabularySize);
        _rows = new StepRows(tokens);
        _product = new ProductJob(tokens, gated ? config.IntermediateSize : null);
        _head = new HeadJob(config, tokens);
        _attention = new AttentionJob(config, team.Threads);
    }

    /// <summary>Tokens of one step.</summary>
    public int MostTokens { get; }
    /// <summary>Those of one step that give logits.</summary>
    public int MostLogits { get; }

    /// <summary>Computes with other weights of the same shape from the next step on, and owns them.</summary>
    public void Use(DecoderWeights weights)
    {
        _weights.Dispose();
        _weights = weights;
    }

    /// <summary>Runs tokens; each sequence grows by its own, in their order.</summary>
    /// <exception cref="ArgumentException">Too many tokens, an unknown one or slot, or no room for another. Nothing has changed then.</exception>
    public void Step(ReadOnlySpan<StepToken> tokens, PagedKeyValueCache cache)
    {
        Place(tokens, cache);
        for (var row = 0; row < tokens.Length; row++) Embed(row, tokens[row], cache);
        for (var layer = 0; layer < _weights.Layers.Length; layer++) Layer(layer, cache);
        GiveLogits(tokens);
        foreach (var token in tokens) cache.Append(token.Slot, token.Id);
        _weights.KeepAlive();
    }

    /// <summary>The last step's logits of the index-th token that gives them, [V]; overwritten by the next step.</summary>
    public ReadOnlySpan<float> Logits(int index) => _logits.Span(index);

    private void Layer(int index, PagedKeyValueCache cache)
    {
        var (layer, count) = (_weights.Layers[index], _rows.Count);
        _norm.Run(_team, layer.InputNorm, _x, _normalised, count);
        _product.Run(_team, layer.QueryKeyValue, _normalised, _heads, count);
        _head.Run(_team, _rows, layer.QueryNorm, layer.KeyNorm, _heads, cache, index);
        _attention.Run(_team, _rows, _heads, cache, index, _attended);
        _product.Run(_team, layer.AttentionOutput, _attended, _x, count, Epilogue.Add);
        _norm.Run(_team, layer.MlpNorm, _x, _normalised, count);
        _product.Run(_team, layer.Up, _normalised, _inner, count, _activation);
        _product.Run(_team, layer.Down, _inner, _x, count, Epilogue.Add);
    }

    /// <summary>Only of the tokens that give them: the output matrix is a large part of a small model.</summary>
    private void GiveLogits(ReadOnlySpan<StepToken> tokens)
    {
        var count = 0;
        for (var row = 0; row < tokens.Length; row++)
        {
            if (!tokens[row].GivesLogits) continue;
            _x.Span(row).CopyTo(_x.Span(count++));
        }
        if (count == 0) return;
        _norm.Run(_team, _weights.FinalNorm, _x, _normalised, count);
        _product.Run(_team, _weights.Output, _normalised, _logits, count);
    }

    /// <summary>Checks every token before any is run, and says where it goes.</summary>
    private void Place(ReadOnlySpan<StepToken> tokens, PagedKeyValueCache cache)
    {
        if (tokens.Length > MostTokens) throw new ArgumentException($"{tokens.Length} tokens; a step runs {MostTokens}.", nameof(tokens));
        _rows.Clear();
        var logits = 0;
        foreach (var (slot, id, givesLogits) in tokens)
        {
            if (!cache.Has(slot)) throw new ArgumentException($"Slot {slot} has no sequence.", nameof(tokens));
            if ((uint)id >= (uint)_weights.Config.VocabularySize)
                throw new ArgumentException($"Token {id} is not of the vocabulary of {_weights.Config.VocabularySize}.", nameof(tokens));
            if (givesLogits && ++logits > MostLogits) throw new ArgumentException($"More than {MostLogits} tokens give logits.", nameof(tokens));
            var position = PositionOf(slot, cache);
            if (position >= Math.Min(cache.LimitOf(slot), _weights.Config.MaxPositions))
                throw new ArgumentException($"Sequence {slot} has {position} tokens and no room for another.", nameof(tokens));
            _rows.Add(slot, position);
        }
    }

    /// <summary>After the tokens of the sequence that are cached, and those before in this step: they lie side by side.</summary>
    private int PositionOf(int slot, PagedKeyValueCache cache) =>
        _rows.Count > 0 && _rows.Slot(_rows.Count - 1) == slot ? _rows.Position(_rows.Count - 1) + 1 : cache.Length(slot);

    private void Embed(int row, StepToken token, PagedKeyValueCache cache)
    {
        var position = _rows.Position(row);
        cache.Prepare(token.Slot, position);
        _weights.Embedding.CopyRow(token.Id, _x, row);
        _weights.Positions?.AddRow(position, _x, row);
        _head.SetPosition(row, position);
    }

    public void Dispose()
    {
        foreach (var buffer in new[] { _x, _normalised, _heads, _attended, _inner, _logits }) buffer.Dispose();
        _weights.Dispose();
        _product.Dispose();
        _head.Dispose();
        _attention.Dispose();
    }
}
