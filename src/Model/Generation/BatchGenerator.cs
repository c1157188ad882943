using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Sampling;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Generation;

/// <param name="Sequence">What <see cref="BatchGenerator.Admit"/> returned.</param>
/// <param name="Finish">EndOfTurn or Length on a sequence's last token; it has then left the batch.</param>
public readonly record struct SequenceToken(int Sequence, GeneratedToken Token, FinishReason? Finish);

/// <summary>
/// Decodes many sequences together; they join and leave between steps. A sequence's tokens depend on its prompt, parameters, seed and
/// the weights, not on what else is in the batch. Owns its key/value cache, not the transformers. Not thread-safe.
/// </summary>
public sealed class BatchGenerator : IDisposable
{
    private readonly KeyValueCache _cache;
    private readonly TokenSampler _sampler = new();
    private readonly int _endOfTurn;
    /// <summary>By cache slot.</summary>
    private readonly List<ActiveSequence> _active = [];
    private readonly long[] _inputs;
    private readonly SamplingRow[] _rows;
    private readonly SampledToken[] _sampled;
    private Transformer _transformer;
    private int _nextSequence;

    /// <param name="version">Goes with every token until weights are swapped.</param>
    /// <param name="slots">Sequences that decode together.</param>
    /// <param name="capacity">Tokens of one sequence, prompt included; at most the context window.</param>
    /// <param name="endOfTurn">The token that ends an answer.</param>
    public BatchGenerator(Transformer transformer, int version, int slots, int capacity, int endOfTurn)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, transformer.Config.MaxPositions);
        _transformer = transformer;
        _endOfTurn = endOfTurn;
        _cache = new KeyValueCache(transformer.Config, slots, capacity);
        (_inputs, _rows, _sampled) = (new long[slots], new SamplingRow[slots], new SampledToken[slots]);
        Version = version;
    }

    public int Version { get; private set; }
    public int Active => _active.Count;
    public bool IsFull => _active.Count == _cache.Slots;
    public int Capacity => _cache.Capacity;

    /// <summary>
    /// Adds a sequence and runs its prompt through the model; its first token comes with the next <see cref="Step"/>.
    /// Returns its number.
    /// </summary>
    /// <exception cref="ChatLoopException">TooLarge when the prompt leaves no room for an answer.</exception>
    public int Admit(IReadOnlyList<int> prompt, SamplingParameters sampling, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfZero(prompt.Count);
        if (prompt.Count >= Capacity)
            throw new ChatLoopException(ErrorCode.TooLarge, $"The prompt takes {prompt.Count} tokens; at most {Capacity - 1} fit. Shorten it.");
        var slot = _cache.Add();
        try
        {
            if (prompt.Count > 1) Prefill(prompt, slot);
        }
        catch
        {
            _cache.Remove(slot);
            throw;
        }
        _active.Add(new(_nextSequence, prompt, new(sampling, new SeededRandom(seed))));
        return _nextSequence++;
    }

    /// <summary>Samples the next token of every sequence.</summary>
    /// <exception cref="InvalidDataException">The weights give logits that are not finite: no sequence can go on.</exception>
    public IReadOnlyList<SequenceToken> Step()
    {
        if (_active.Count == 0) return [];
        Decode();
        var tokens = new SequenceToken[_active.Count];
        for (var slot = _active.Count - 1; slot >= 0; slot--)
        {
            var (sequence, sampled) = (_active[slot], _sampled[slot]);
            var finish = sequence.Append(sampled.Id, _endOfTurn, Capacity);
            tokens[slot] = new(sequence.Number, new(sampled.Id, sampled.LogProbability, Version), finish);
            if (finish is not null) RemoveAt(slot);
        }
        return tokens;
    }

    /// <summary>Ends a sequence before its time. False when it has already left.</summary>
    public bool Remove(int sequence)
    {
        var slot = _active.FindIndex(s => s.Number == sequence);
        if (slot < 0) return false;
        RemoveAt(slot);
        return true;
    }

    /// <summary>
    /// Takes other weights of the same shape from the next step on; the sequences under way keep their keys and values. Returns the
    /// transformer that is no longer used.
    /// </summary>
    /// <exception cref="ChatLoopException">Invalid when the shapes differ; nothing has changed then.</exception>
    public Transformer SwapWeights(Transformer transformer, int version)
    {
        if (_transformer.Config.DifferenceFrom(transformer.Config) is { } difference)
            throw ChatLoopException.Invalid($"The weights cannot be swapped in: {difference}.");
        var previous = _transformer;
        _transformer = transformer;
        Version = version;
        return previous;
    }

    private void Prefill(IReadOnlyList<int> prompt, int slot)
    {
        using var scope = NewDisposeScope();
        var tokens = new long[prompt.Count - 1];
        for (var i = 0; i < tokens.Length; i++) tokens[i] = prompt[i];
        _transformer.Hidden(tensor(tokens).view(1, tokens.Length), _cache, slot);
    }

    private void Decode()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var count = _active.Count;
        for (var slot = 0; slot < count; slot++) (_inputs[slot], _rows[slot]) = (_active[slot].LastToken, _active[slot].Sampling);
        var inputs = tensor(_inputs.AsSpan(0, count).ToArray()).view(count, 1);
        var logits = _transformer.Logits(_transformer.Hidden(inputs, _cache)).view(count, -1);
        _sampler.Sample(logits, _rows.AsSpan(0, count), _sampled);
    }

    private void RemoveAt(int slot)
    {
        _cache.Remove(slot);
        _active[slot] = _active[^1];
        _active.RemoveAt(_active.Count - 1);
    }

    public void Dispose() => _cache.Dispose();

    private sealed class ActiveSequence(int number, IReadOnlyList<int> prompt, SamplingRow sampling)
    {
        private int _generated;

        public int Number => number;
        public SamplingRow Sampling => sampling;
        public int LastToken { get; private set; } = prompt[^1];

        public FinishReason? Append(int token, int endOfTurn, int capacity)
        {
            LastToken = token;
            _generated++;
            if (token == endOfTurn) return FinishReason.EndOfTurn;
            return _generated == sampling.Parameters.MaxTokens || prompt.Count + _generated == capacity ? FinishReason.Length : null;
        }
    }
}
