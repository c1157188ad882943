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
    private readonly DecodingOptions _options;
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
    /// <param name="prepared">See <see cref="SwapWeights"/>.</param>
    public BatchGenerator(
        Transformer transformer, int version, int slots, int capacity, IReadOnlyCollection<int> endIds, int prefillTokens = int.MaxValue,
        DecodingOptions? decoding = null, DecoderWeights? prepared = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(prefillTokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, transformer.Config.MaxPositions);
        (_transformer, _slots, Capacity) = (transformer, slots, capacity);
        (_endIds, PrefillTokens) = (endIds.ToFrozenSet(), prefillTokens);
        _options = decoding ?? new();
        _decoder = (prepared ?? _options.Prepare(transformer)) is { } weights
            ? new KernelDecoder(weights, slots, capacity, _options)
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
    /// What a token beside others costs, as a share of the step without it; guesses are run where they pay then. Null for never. Answers are
    /// the same with and without.
    /// </summary>
    public double? GuessCost { get; set; }

    /// <summary>Guessed tokens of the last step.</summary>
    public int GuessedTokens { get; private set; }

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
        var limit = (int)Math.Min(Capacity, (long)prompt.Count + sampling.MaxTokens);
        _prompts.AddLast(new SequenceInBatch(_nextSequence, [.. prompt], limit, row));
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
        GuessedTokens = 0;
        foreach (var sequence in _decoding) AddLastAndGuess(sequence);
        var done = _decoding.Count;
        AddPrompts();
        if (_stepTokens.Count == 0) return _sampled;
        _decoder.Step(CollectionsMarshal.AsSpan(_stepTokens));
        for (; done < _decoding.Count; done++) _decoder.Remember(_decoding[done].Slot);
        var logits = 0;
        foreach (var sequence in _decoding)
        {
            SampleAll(sequence, logits);
            logits += 1 + sequence.Guess.Count;
        }
        for (var i = _decoding.Count - 1; i >= 0; i--)
            if (_decoding[i].Ended) RemoveAt(i);
        return _sampled;
    }

    /// <summary>The next token, and as many more as were guessed right: each is drawn as it would be alone.</summary>
    private void SampleAll(SequenceInBatch sequence, int firstLogits)
    {
        var kept = 0;
        while (true)
        {
            var sampled = _sampler.Sample(_decoder.Logits(firstLogits + kept), sequence.Sampling);
            var finish = sequence.Append(sampled.Id, _endIds);
            _sampled.Add(new(sequence.Number, new(sampled.Id, sampled.LogProbability, Version) { Alternatives = sampled.Alternatives }, finish));
            if (sequence.Ended || kept == sequence.Guess.Count || sequence.Guess[kept] != sampled.Id) break;
            kept++;
        }
        if (kept < sequence.Guess.Count) _decoder.Shorten(sequence.Slot, sequence.Guess.Count - kept);
    }

    private void AddLastAndGuess(SequenceInBatch sequence)
    {
        _stepTokens.Add(new(sequence.Slot, sequence.LastToken));
        sequence.Guess.Clear();
        if (GuessCost is not { } cost) return;
        var length = Math.Min(sequence.Lookup.LengthThatPays(cost, _decoding.Count), _decoder.MostGuesses - GuessedTokens);
        foreach (var token in sequence.Lookup.Guess(length))
        {
            sequence.Guess.Add(token);
            _stepTokens.Add(new(sequence.Slot, token));
        }
        GuessedTokens += sequence.Guess.Count;
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
    /// <param name="prepared">By <see cref="DecodingOptions.Prepare"/>, perhaps on another thread; owned from then on. When null, done here.</param>
    /// <exception cref="ChatLoopException">Invalid when the shapes differ; nothing has changed then.</exception>
    public Transformer SwapWeights(Transformer transformer, int version, DecoderWeights? prepared = null)
    {
        if (_transformer.Config.DifferenceFrom(transformer.Config) is { } difference)
            throw ChatLoopException.Invalid($"The weights cannot be swapped in: {difference}.");
        var previous = _transformer;
        _decoder.Use(transformer, prepared ?? _options.Prepare(transformer));
        _transformer = transformer;
        Version = version;
        return previous;
    }

    /// <summary>Adds pieces of prompts to the step, in the order in which they came; one that ends by it decodes from now on.</summary>
    private void AddPrompts()
    {
        var room = Math.Min(PrefillTokens, _decoder.MostTokens - _stepTokens.Count);
        var running = _decoding.Count;
        PrefilledTokens = 0;
        while (_prompts.First is { Value: var sequence } && PrefilledTokens < room && Begins(sequence, running))
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

    /// <summary>
    /// Gives a sequence its slot, if there is memory for all its tokens: who came first waits for it first. One that begins like another
    /// whose prompt ends in this step waits for the next one, which spares it what they share: several answers to a prompt run it once.
    /// </summary>
    /// <param name="running">So many decoded before this step; the others' prompts end in it.</param>
    private bool Begins(SequenceInBatch sequence, int running)
    {
        if (sequence.HasSlot) return true;
        for (var i = running; i < _decoding.Count; i++)
            if (_decoder.WouldShare(sequence.Prompt, _decoding[i].Prompt)) return false;
        if (!_decoder.HasRoomFor(sequence.Prompt, sequence.Limit)) return false;
        sequence.Slot = _decoder.Add(sequence.Prompt, sequence.Limit);
        return true;
    }

    private void RemoveAt(int index)
    {
        _decoder.Remove(_decoding[index].Slot);
        _decoding[index] = _decoding[^1];
        _decoding.RemoveAt(_decoding.Count - 1);
    }

    public void Dispose() => _decoder.Dispose();
}
