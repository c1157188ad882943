using System.Collections.Frozen;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Constraints;
using ChatLoop.Model.Sampling;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Generation;

/// <param name="Sequence">What <see cref="BatchGenerator.Admit"/> returned.</param>
/// <param name="Finish">EndOfTurn or Length on a sequence's last token; it has then left the batch.</param>
public readonly record struct SequenceToken(int Sequence, GeneratedToken Token, FinishReason? Finish);

/// <summary>
/// Decodes many sequences together; they join and leave between steps. Prompts are run a bounded number of tokens a step (Agrawal et
/// al. 2024, "Sarathi-Serve"), so that a long one does not stall the sequences that decode. A sequence's tokens depend on its prompt,
/// parameters, seed and the weights, not on what else is in the batch. Owns its caches, not the transformers. Not thread-safe.
/// </summary>
public sealed class BatchGenerator : IDisposable
{
    private readonly KeyValueCache _cache;
    /// <summary>Holds the prompt that is being run: its one slot is in use while that prompt has begun.</summary>
    private readonly KeyValueCache _prefilling;
    private readonly int _prefillTokens;
    private readonly TokenSampler _sampler = new();
    private readonly FrozenSet<int> _endIds;
    /// <summary>Oldest first; the first one may have begun.</summary>
    private readonly LinkedList<SequenceInBatch> _prompts = [];
    /// <summary>By slot of the cache.</summary>
    private readonly List<SequenceInBatch> _decoding = [];
    private readonly long[] _inputs;
    private readonly SamplingRow[] _rows;
    private readonly SampledToken[] _sampled;
    private Transformer _transformer;
    private int _nextSequence;

    /// <param name="version">Goes with every token until weights are swapped.</param>
    /// <param name="slots">Sequences that decode together.</param>
    /// <param name="capacity">Tokens of one sequence, prompt included; at most the context window.</param>
    /// <param name="endIds">Tokens that end an answer.</param>
    /// <param name="prefillTokens">
    /// Prompt tokens of one step, over all sequences. Without a bound the first step runs them all, which is fastest for a whole batch.
    /// </param>
    public BatchGenerator(
        Transformer transformer, int version, int slots, int capacity, IReadOnlyCollection<int> endIds, int prefillTokens = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(prefillTokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, transformer.Config.MaxPositions);
        _transformer = transformer;
        (_endIds, _prefillTokens) = (endIds.ToFrozenSet(), prefillTokens);
        _cache = new KeyValueCache(transformer.Config, slots, capacity);
        _prefilling = new KeyValueCache(transformer.Config, slots: 1, capacity);
        (_inputs, _rows, _sampled) = (new long[slots], new SamplingRow[slots], new SampledToken[slots]);
        Version = version;
    }

    public int Version { get; private set; }
    /// <summary>Sequences that were admitted and have not ended.</summary>
    public int Active => _decoding.Count + _prompts.Count;
    public bool IsFull => Active == _cache.Slots;
    public int Capacity => _cache.Capacity;

    /// <summary>
    /// Adds a sequence. Its prompt runs in the next steps, then its tokens come, one a step. Returns its number.
    /// </summary>
    /// <param name="alternatives">How many likeliest tokens come with each token.</param>
    /// <param name="constraint">That the parameters ask for, at its beginning; null where they ask for none.</param>
    /// <exception cref="ChatLoopException">TooLarge when the prompt leaves no room for an answer; Invalid when a token is unknown.</exception>
    public int Admit(IReadOnlyList<int> prompt, SamplingParameters sampling, long seed, int alternatives = 0, ConstrainedAnswer? constraint = null)
    {
        if (constraint is null && TokenConstraint.IsNeeded(sampling))
            throw new ArgumentException("The parameters ask for a constraint, which must be made for the tokenizer.", nameof(constraint));
        ArgumentOutOfRangeException.ThrowIfZero(prompt.Count);
        if (IsFull) throw new InvalidOperationException($"All {_cache.Slots} places of the batch are taken.");
        if (prompt.Count >= Capacity)
            throw new ChatLoopException(ErrorCode.TooLarge, $"The prompt takes {prompt.Count} tokens; at most {Capacity - 1} fit. Shorten it.");
        foreach (var token in prompt)
        {
            if (token < 0 || token >= _transformer.Config.VocabularySize)
                throw ChatLoopException.Invalid($"Token {token} is not of the model's vocabulary of {_transformer.Config.VocabularySize}.");
        }
        SamplingLimits.CheckTokens(sampling, _transformer.Config.VocabularySize);
        var row = new SamplingRow(sampling, new SeededRandom(seed), TokenHistory.For(sampling, prompt), alternatives, constraint);
        _prompts.AddLast(new SequenceInBatch(_nextSequence, prompt, row));
        return _nextSequence++;
    }

    /// <summary>
    /// Runs waiting prompts, then samples the next token of every sequence whose prompt is done. Empty while the first prompts run.
    /// </summary>
    /// <exception cref="InvalidDataException">The weights give logits that are not finite: no sequence can go on.</exception>
    public IReadOnlyList<SequenceToken> Step()
    {
        RunPrompts();
        if (_decoding.Count == 0) return [];
        Decode();
        var tokens = new SequenceToken[_decoding.Count];
        for (var slot = _decoding.Count - 1; slot >= 0; slot--)
        {
            var (sequence, sampled) = (_decoding[slot], _sampled[slot]);
            var finish = sequence.Append(sampled.Id, _endIds, Capacity);
            tokens[slot] = new(sequence.Number, new(sampled.Id, sampled.LogProbability, Version) { Alternatives = sampled.Alternatives }, finish);
            if (finish is not null) RemoveAt(slot);
        }
        return tokens;
    }

    /// <summary>Ends a sequence before its time. False when it has already left.</summary>
    public bool Remove(int sequence)
    {
        var slot = _decoding.FindIndex(s => s.Number == sequence);
        if (slot >= 0) RemoveAt(slot);
        return slot >= 0 || RemovePrompt(sequence);
    }

    private bool RemovePrompt(int sequence)
    {
        if (_prompts.FirstOrDefault(s => s.Number == sequence) is not { } waiting) return false;
        if (_prefilling.Used > 0 && waiting == _prompts.First!.Value) _prefilling.Remove(0);
        return _prompts.Remove(waiting);
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

    /// <summary>
    /// All of a prompt but its last token, which is decoded with the batch. Prompts are cut only where they exceed a whole step, so
    /// that no small pieces are run.
    /// </summary>
    private void RunPrompts()
    {
        var budget = _prefillTokens;
        while (_prompts.First is { Value: var sequence })
        {
            if (_prefilling.Used == 0) _prefilling.Add();
            var done = _prefilling.Length(0);
            var piece = Math.Min(sequence.Prompt.Count - 1 - done, _prefillTokens);
            if (piece > budget) return;
            if (piece > 0) Prefill(sequence.Prompt, done, piece);
            budget -= piece;
            if (done + piece < sequence.Prompt.Count - 1) continue;
            _prefilling.CopyTo(0, _cache, _cache.Add());
            _prefilling.Remove(0);
            _decoding.Add(sequence);
            _prompts.RemoveFirst();
        }
    }

    private void Prefill(IReadOnlyList<int> prompt, int from, int count)
    {
        using var scope = NewDisposeScope();
        var tokens = new long[count];
        for (var i = 0; i < count; i++) tokens[i] = prompt[from + i];
        _transformer.Hidden(tensor(tokens).view(1, count), _prefilling);
    }

    private void Decode()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var count = _decoding.Count;
        for (var slot = 0; slot < count; slot++) (_inputs[slot], _rows[slot]) = (_decoding[slot].LastToken, _decoding[slot].Sampling);
        var inputs = tensor(_inputs.AsSpan(0, count).ToArray()).view(count, 1);
        var logits = _transformer.Logits(_transformer.Hidden(inputs, _cache)).view(count, -1);
        _sampler.Sample(logits, _rows.AsSpan(0, count), _sampled);
    }

    private void RemoveAt(int slot)
    {
        _cache.Remove(slot);
        _decoding[slot] = _decoding[^1];
        _decoding.RemoveAt(_decoding.Count - 1);
    }

    public void Dispose()
    {
        _cache.Dispose();
        _prefilling.Dispose();
    }

    private sealed class SequenceInBatch(int number, IReadOnlyList<int> prompt, SamplingRow sampling)
    {
        private int _generated;

        public int Number => number;
        public IReadOnlyList<int> Prompt => prompt;
        public SamplingRow Sampling => sampling;
        public int LastToken { get; private set; } = prompt[^1];

        public FinishReason? Append(int token, FrozenSet<int> endIds, int capacity)
        {
            LastToken = token;
            sampling.History?.Append(token);
            sampling.Constraint?.Append(token);
            _generated++;
            if (endIds.Contains(token)) return FinishReason.EndOfTurn;
            return _generated == sampling.Parameters.MaxTokens || prompt.Count + _generated == capacity ? FinishReason.Length : null;
        }
    }
}
