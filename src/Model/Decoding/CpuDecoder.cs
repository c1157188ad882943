using ChatLoop.Model.Kernels;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Model.Decoding;

/// <summary>
/// Decodes the next token of several sequences, each at its own position, by kernels that read every weight once a step from where
/// the tensors keep it: the logits of <see cref="Transformer"/>, up to rounding, at the speed of memory. A sequence's logits are the
/// same bits whatever else is in the batch and however many threads there are. Computes all of <see cref="ModelFamily"/> with weights
/// of 16 or 32 bits, without what an adapter adds to them; no step allocates managed memory. Owns its buffers, not the weights, which must
/// outlive it in their place (steps of an optimizer in between are seen), nor the team. Not thread-safe.
/// </summary>
public sealed class CpuDecoder : IDisposable
{
    private readonly TransformerWeights _weights;
    private readonly ThreadTeam _team;
    private readonly int _sequences;
    private readonly DecoderLayer[] _layers;
    private readonly NormVectors _finalNorm;
    private readonly Matrix _embedding;
    private readonly Matrix? _positions;
    private readonly Matrix _output;
    private readonly Epilogue _activation;

    /// <summary>The residual stream, [n, D].</summary>
    private readonly RowBuffer _x;
    private readonly RowBuffer _normalised;
    /// <summary>[n, (H + 2 G) E].</summary>
    private readonly RowBuffer _heads;
    /// <summary>[n, H E].</summary>
    private readonly RowBuffer _attended;
    /// <summary>[n, F].</summary>
    private readonly RowBuffer _inner;
    /// <summary>[n, V].</summary>
    private readonly RowBuffer _logits;

    private readonly NormJob _norm = new();
    private readonly ProductJob _product;
    private readonly HeadJob _head;
    private readonly AttentionJob _attention;

    /// <param name="sequences">The most that decode together.</param>
    /// <exception cref="ArgumentException">The weights are not in the processor's memory.</exception>
    public CpuDecoder(TransformerWeights weights, ThreadTeam team, int sequences)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequences, 1);
        (_weights, _team, _sequences) = (weights, team, sequences);
        // Where gradients are wanted a stack is a copy, else the memory that the parameters share.
        using (no_grad())
        {
            _layers = [.. weights.Layers.Select(DecoderLayer.Of)];
            _finalNorm = NormVectors.Of(weights.FinalNorm);
            _embedding = Matrix.Of(weights.Embedding);
            _positions = weights.PositionEmbedding is { } learned ? Matrix.Of(learned) : null;
            _output = Matrix.Of(weights.Output);
        }
        var config = weights.Config;
        var gated = config.Family != ModelFamily.Gpt2;
        _activation = gated ? Epilogue.SwiGlu : Epilogue.Gelu;
        (_x, _normalised) = (new(sequences, config.HiddenSize), new(sequences, config.HiddenSize));
        _heads = new(sequences, (config.Heads + 2 * config.KeyValueHeads) * config.HeadSize);
        _attended = new(sequences, config.Heads * config.HeadSize);
        _inner = new(sequences, config.IntermediateSize);
        _logits = new(sequences, config.VocabularySize);
        _product = new ProductJob(sequences, gated ? config.IntermediateSize : null);
        _head = new HeadJob(config, sequences);
        _attention = new AttentionJob(config, team.Threads);
    }

    /// <summary>
    /// Runs the next token of slots 0 … n - 1 of the cache, n being the number of tokens; each slot grows by it.
    /// </summary>
    /// <exception cref="ArgumentException">More tokens than sequences, an unknown token, or no room for another token.</exception>
    public void Step(ReadOnlySpan<int> tokens, DecodingCache cache)
    {
        Embed(tokens, cache);
        for (var layer = 0; layer < _layers.Length; layer++) Layer(layer, cache, tokens.Length);
        _norm.Run(_team, _finalNorm, _x, _normalised, tokens.Length);
        _product.Run(_team, _output, _normalised, _logits, tokens.Length);
        cache.Advance(tokens.Length);
        GC.KeepAlive(_weights);
    }

    /// <summary>The last step's logits of a slot, [V]; overwritten by the next step.</summary>
    public ReadOnlySpan<float> Logits(int slot) => _logits.Span(slot);

    private void Layer(int index, DecodingCache cache, int count)
    {
        var layer = _layers[index];
        _norm.Run(_team, layer.InputNorm, _x, _normalised, count);
        _product.Run(_team, layer.QueryKeyValue, _normalised, _heads, count);
        _head.Run(_team, layer.QueryNorm, layer.KeyNorm, _heads, cache, index, count);
        _attention.Run(_team, _heads, cache, index, _attended, count);
        _product.Run(_team, layer.AttentionOutput, _attended, _x, count, Epilogue.Add);
        _norm.Run(_team, layer.MlpNorm, _x, _normalised, count);
        _product.Run(_team, layer.Up, _normalised, _inner, count, _activation);
        _product.Run(_team, layer.Down, _inner, _x, count, Epilogue.Add);
    }

    private void Embed(ReadOnlySpan<int> tokens, DecodingCache cache)
    {
        if (tokens.Length > Math.Min(_sequences, cache.Used))
        {
            throw new ArgumentException(
                $"{tokens.Length} tokens for {cache.Used} sequences, of which {_sequences} decode together.", nameof(tokens));
        }
        for (var slot = 0; slot < tokens.Length; slot++)
        {
            var (token, position) = (tokens[slot], cache.Length(slot));
            if ((uint)token >= (uint)_weights.Config.VocabularySize)
                throw new ArgumentException($"Token {token} is not of the vocabulary of {_weights.Config.VocabularySize}.", nameof(tokens));
            if (position >= Math.Min(cache.Capacity, _weights.Config.MaxPositions))
                throw new ArgumentException($"Sequence {slot} has {position} tokens and no room for another.", nameof(tokens));
            _embedding.CopyRow(token, _x, slot);
            _positions?.AddRow(position, _x, slot);
            _head.SetPosition(slot, position);
        }
    }

    public void Dispose()
    {
        foreach (var buffer in new[] { _x, _normalised, _heads, _attended, _inner, _logits }) buffer.Dispose();
        _product.Dispose();
        _head.Dispose();
        _attention.Dispose();
    }
}
