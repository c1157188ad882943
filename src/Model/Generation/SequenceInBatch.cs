using System.Collections.Frozen;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Sampling;

namespace ChatLoop.Model.Generation;

/// <summary>What a <see cref="BatchGenerator"/> knows of one sequence.</summary>
/// <param name="limit">Tokens of prompt and answer together.</param>
internal sealed class SequenceInBatch(int number, int[] prompt, int limit, SamplingRow sampling)
{
    private int _tokens = prompt.Length;
    private int? _slot;

    public int Number => number;
    public int[] Prompt => prompt;
    public int Limit => limit;
    public SamplingRow Sampling => sampling;
    public PromptLookup Lookup { get; } = new(prompt, limit);
    /// <summary>Tokens that are run after the last one in this step.</summary>
    public List<int> Guess { get; } = new(PromptLookup.MostTokens);
    public int LastToken { get; private set; } = prompt[^1];
    public bool Ended { get; private set; }

    public bool HasSlot => _slot is not null;

    /// <summary>Of the decoder's.</summary>
    public int Slot
    {
        get => _slot ?? throw new InvalidOperationException("The sequence has not begun.");
        set => _slot = value;
    }

    /// <returns>Why the sequence ends with this token; null where it goes on.</returns>
    public FinishReason? Append(int token, FrozenSet<int> endIds)
    {
        LastToken = token;
        sampling.History?.Append(token);
        sampling.Constraint?.Append(token);
        Lookup.Append(token);
        FinishReason? finish = endIds.Contains(token) ? FinishReason.EndOfTurn : ++_tokens == limit ? FinishReason.Length : null;
        Ended = finish is not null;
        return finish;
    }
}
