namespace ChatLoop.Model.Generation;

/// <summary>
/// Guesses how a sequence goes on by what followed its last tokens where they stood before: an answer that quotes its prompt or repeats
/// itself is run several tokens at once (Saxena 2023, "Prompt Lookup Decoding"). A guess is kept only where it is the token that is sampled
/// anyway, so no answer changes by it.
/// </summary>
internal sealed class PromptLookup
{
    /// <summary>The longest guess.</summary>
    public const int MostTokens = 8;

    /// <summary>Tokens that must have stood together before; the more, the better the guess.</summary>
    private static ReadOnlySpan<int> Matching => [3, 2];

    /// <summary>Weight of the newest guess in the estimate.</summary>
    private const double Newest = 0.1;

    private readonly int[] _tokens;
    private int _count;
    private double _rightShare = 0.5;

    /// <param name="limit">Tokens of prompt and answer together.</param>
    public PromptLookup(ReadOnlySpan<int> prompt, int limit)
    {
        _tokens = new int[Math.Max(limit, prompt.Length)];
        prompt.CopyTo(_tokens);
        _count = prompt.Length;
    }

    /// <summary>What may come next; empty where the last tokens are new.</summary>
    public ReadOnlySpan<int> Guess(int most)
    {
        var tokens = _tokens.AsSpan(0, _count);
        // The last token of the answer is never needed as an input.
        most = Math.Min(most, _tokens.Length - _count - 1);
        foreach (var matching in Matching)
        {
            if (most <= 0 || matching >= _count) continue;
            var at = tokens[..^1].LastIndexOf(tokens[^matching..]);
            if (at >= 0) return tokens.Slice(at + matching, Math.Min(most, _count - at - matching));
        }
        return [];
    }

    /// <summary>
    /// How long a guess pays: a token more is worth its chance to be right, and costs time in which the others of the batch stand still.
    /// </summary>
    /// <param name="cost">Of a token beside others, as a share of the step without it.</param>
    /// <param name="batch">Tokens of the step without guesses.</param>
    public int LengthThatPays(double cost, int batch)
    {
        var (best, bestRate, expected, chance) = (0, (double)batch, (double)batch, 1.0);
        for (var length = 1; length <= MostTokens; length++)
        {
            expected += chance *= _rightShare;
            var rate = expected / (1 + length * cost);
            if (rate > bestRate) (best, bestRate) = (length, rate);
        }
        return best;
    }

    /// <summary>The next token came; the estimate learns from it, whether the guess was run or not.</summary>
    public void Append(int token)
    {
        if (Guess(1) is [var guess]) _rightShare += Newest * ((guess == token ? 1 : 0) - _rightShare);
        if (_count < _tokens.Length) _tokens[_count++] = token;
    }
}
