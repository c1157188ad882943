using System.Collections.Frozen;
using System.Runtime.InteropServices;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Constraints;
using ChatLoop.Model.Decoding;
using ChatLoop.Model.Sampling;
using ChatLoop.Model.Transformers;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Generation;

/// <param name="Sequence">What <see cref="BatchGenerator.Admit"/> returned.</param>
/// <param name="Finish">EndOfTurn or Length on a sequence's last token; it has then left the batch.</param>
public readonly record struct SequenceToken(int Sequence, GeneratedToken Token, FinishReason? Finish);

/// <summary>
/// Decodes many sequences together; they join and leave between steps. Prompts are run a bounded number of tokens a step (Agrawal et
/// al. 2024, "Sarathi-Serve"), so that a long one does not stall the sequences that decode. A sequence's tokens depend on its prompt,
/// parameters, seed and the weights, not on what else is in the batch. Owns its decoder, not the transformers. Not thread-safe.
/// </summary>
public sealed class BatchGenerator : IDisposable
{
    private readonly IBatchDecoder _decoder;
    private readonly int _slots;
    private readonly TokenSampler _sampler = new();
    private readonly FrozenSet<int> _endIds;
    /// <summary>Oldest first; some of the first may have begun.</summary>
    private readonly LinkedList<SequenceInBatch> _prompts = [];
    private readonly List<SequenceInBatch> _decoding = [];
    private readonly List<StepToken> _stepTokens = [];
    private readonly List<SequenceToken> _sampled = [];
    private Transformer _transformer;
    private int _nextSequence;

    /// <param name="version">Goes with every token until weights are swapped.</param>
    /// <param name="slots">Sequences that decode together.</param>
    /// <param name="capacity">Tokens of one sequence, prompt included; at most the context window.</param>
    /// <param name="endIds">Tokens that end an answer.</param>
    /// <param name="prefillTokens">See <see cref="PrefillTokens"/>. Without a bound as many run as one step takes.</param>
    /// <param name="threads">That compute, the caller's included.</param>
    /// <param name="cacheBlocks">Memory of all sequences and of prompts to share; when null, so much that every sequence can be full.</param>
    public BatchGenerator(
        Transformer transformer, int version, int slots, int capacity, IReadOnlyCollection<int> endIds, int prefillTokens = int.MaxValue,
        int threads = 1, int? cacheBlocks = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(prefillTokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, transformer.Config.MaxPositions);
        (_transformer, _slots, Capacity) = (transformer, slots, capacity);
        (_endIds, PrefillTokens) = (endIds.ToFrozenSet(), prefillTokens);
        _decoder = KernelDecoder.Computes(transformer)
            ? new KernelDecoder(transformer, slots, capacity, threads, cacheBlocks)
            : new TensorDecoder(transformer, slots, capacity);
        Version = version;
    }

    public int Version { get; private set; }
    /// <summary>Sequences that were admitted and have not ended.</summary>
    public int Active => _decoding.Count + _prompts.Count;
    /// <summary>Those of them whose prompt is done.</summary>
    public int Decoding => _decoding.Count;
    public bool IsFull => Active == _slots;
    public int Capacity { get; }

    /// <summary>At most so many prompt tokens run in a step, over all sequences.</summary>
    public int PrefillTokens { get; set; }

    /// <summary>Prompt tokens of the last step.</summary>
    public int PrefilledTokens { get; private set; }

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
        if (IsFull) throw new InvalidOperationException($"All {_slots} places of the batch are taken.");
        if (prompt.Count >= Capacity)
            throw new ChatLoopException(ErrorCode.TooLarge, $"The prompt takes {prompt.Count} tokens; at most {Capacity - 1} fit. Shorten it.");
        foreach (var token in prompt)
        {
            if (token < 0 || token >= _transformer.Config.VocabularySize)
                throw ChatLoopException.Invalid($"Token {token} is not of the model's vocabulary of {_transformer.Config.VocabularySize}.");
        }
        SamplingLimits.CheckTokens(sampling, _transformer.Config.VocabularySize);
        var row = new SamplingRow(sampling, new SeededRandom(seed), TokenHistory.For(sampling, prompt), alternatives, constraint);
        _prompts.AddLast(new SequenceInBatch(_nextSequence, [.. prompt], row));
        return _nextSequence++;
    }

    /// <summary>
    /// Runs waiting prompts and the last token of every sequence whose prompt is done, and samples the next token of each that has none
    /// to run any more. Empty while the first prompts run.
    /// </summary>
    /// <returns>Valid until the next step.</returns>
    /// <exception cref="InvalidDataException">The weights give logits that are not finite: no sequence can go on.</exception>
    public IReadOnlyList<SequenceToken> Step()
    {
        _sampled.Clear();
        _stepTokens.Clear();
        foreach (var sequence in _decoding) _stepTokens.Add(new(sequence.Slot, sequence.LastToken));
        var done = _decoding.Count;
        AddPrompts();
        if (_stepTokens.Count == 0) return _sampled;
        _decoder.Step(CollectionsMarshal.AsSpan(_stepTokens));
        for (; done < _decoding.Count; done++) _decoder.Remember(_decoding[done].Slot);
        for (var i = 0; i < _decoding.Count; i++) _sampled.Add(Sample(_decoding[i], _decoder.Logits(i)));
        for (var i = _decoding.Count - 1; i >= 0; i--)
            if (_sampled[i].Finish is not null) RemoveAt(i);
        return _sampled;
    }

    private SequenceToken Sample(SequenceInBatch sequence, ReadOnlySpan<float> logits)
    {
        var sampled = _sampler.Sample(logits, sequence.Sampling);
        var finish = sequence.Append(sampled.Id, _endIds, Capacity);
        return new(sequence.Number, new(sampled.Id, sampled.LogProbability, Version) { Alternatives = sampled.Alternatives }, finish);
    }

    /// <summary>Ends a sequence before its time. False when it has already left.</summary>
    public bool Remove(int sequence)
    {
        var index = _decoding.FindIndex(s => s.Number == sequence);
        if (index >= 0) RemoveAt(index);
        return index >= 0 || RemovePrompt(sequence);
    }

    private bool RemovePrompt(int sequence)
    {
        if (_prompts.FirstOrDefault(s => s.Number == sequence) is not { } waiting) return false;
        if (waiting.HasSlot) _decoder.Remove(waiting.Slot);
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
        _decoder.Use(transformer);
        _transformer = transformer;
        Version = version;
        return previous;
    }

    /// <summary>Adds pieces of prompts to the step, in the order in which they came; one that ends by it decodes from now on.</summary>
    private void AddPrompts()
    {
        var room = Math.Min(PrefillTokens, _decoder.MostTokens - _stepTokens.Count);
        PrefilledTokens = 0;
        while (_prompts.First is { Value: var sequence } && PrefilledTokens < room && HasSlot(sequence))
        {
            var from = _decoder.Length(sequence.Slot);
            var to = Math.Min(sequence.Prompt.Length, from + room - PrefilledTokens);
            for (var i = from; i < to; i++)
                _stepTokens.Add(new(sequence.Slot, sequence.Prompt[i], GivesLogits: i + 1 == sequence.Prompt.Length));
            PrefilledTokens += to - from;
            if (to < sequence.Prompt.Length) return;
            _prompts.RemoveFirst();
            _decoding.Add(sequence);
        }
    }

    /// <summary>Gives a sequence its slot, if there is memory for all its tokens: who came first waits for it first.</summary>
    private bool HasSlot(SequenceInBatch sequence)
    {
        if (sequence.HasSlot) return true;
        var tokens = (int)Math.Min(Capacity, (long)sequence.Prompt.Length + sequence.Sampling.Parameters.MaxTokens);
        if (!_decoder.HasRoomFor(tokens)) return false;
        sequence.Slot = _decoder.Add(sequence.Prompt, tokens);
        return true;
    }

    private void RemoveAt(int index)
    {
        _decoder.Remove(_decoding[index].Slot);
        _decoding[index] = _decoding[^1];
        _decoding.RemoveAt(_decoding.Count - 1);
    }

    public void Dispose() => _decoder.Dispose();

    private sealed class SequenceInBatch(int number, int[] prompt, SamplingRow sampling)
    {
        private int _generated;
        private int? _slot;

        public int Number => number;
        public int[] Prompt => prompt;
        public bool HasSlot => _slot is not null;
        public int Slot
        {
            get => _slot ?? throw new InvalidOperationException("The sequence has not begun.");
            set => _slot = value;
        }
        public SamplingRow Sampling => sampling;
        public int LastToken { get; private set; } = prompt[^1];

        public FinishReason? Append(int token, FrozenSet<int> endIds, int capacity)
        {
            LastToken = token;
            sampling.History?.Append(token);
            sampling.Constraint?.Append(token);
            _generated++;
            if (endIds.Contains(token)) return FinishReason.EndOfTurn;
            return _generated == sampling.Parameters.MaxTokens || prompt.Length + _generated == capacity ? FinishReason.Length : null;
        }
    }
}
