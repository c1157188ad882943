using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;

namespace ChatLoop.Model.Constraints;

/// <summary>
/// Which tokens may come next, so that the whole answer is of a language (Willard and Louf 2023, "Efficient Guided Generation"): worked out
/// for a state when an answer first gets there, then kept. Thread-safe.
/// </summary>
public sealed class TokenConstraint
{
    /// <summary>Of sets of tokens, over all states; beyond it they are worked out again.</summary>
    private const long MostKeptBytes = 32L << 20;

    private readonly SortedVocabulary _vocabulary;
    private readonly ByteDeterminizer _automaton;
    private readonly Lock _gate = new();
    private readonly Queue<ConstraintState> _kept = [];

    /// <exception cref="ChatLoopException">Invalid: too large, or the vocabulary cannot write its texts.</exception>
    internal TokenConstraint(Pattern pattern, SortedVocabulary vocabulary)
    {
        var automaton = ByteAutomaton.Of(pattern);
        // With them no answer can come to a place from which no token leads on.
        foreach (var value in automaton.Bytes)
        {
            if (!vocabulary.SingleBytes.Contains(value))
                throw ChatLoopException.Invalid($"Sampling: this model has no token for the byte 0x{value:X2}, which the constraint needs.");
        }
        _vocabulary = vocabulary;
        _automaton = new(automaton, vocabulary.StripsLeadingSpace);
    }

    /// <summary>Whether an answer with these parameters needs a constraint.</summary>
    public static bool IsNeeded(SamplingParameters parameters) => parameters.Regex is not null || parameters.JsonSchema is not null;

    internal ConstraintState Start => _automaton.Start;

    /// <summary>The state after a token that was allowed.</summary>
    internal ConstraintState After(ConstraintState state, int token)
    {
        lock (_gate)
        {
            foreach (var value in _vocabulary.BytesOf(token)) state = _automaton.After(state, value);
            return state;
        }
    }

    /// <summary>One bit for each token of the tokenizer.</summary>
    internal ulong[] AllowedAt(ConstraintState state)
    {
        lock (_gate)
        {
            if (state.Allowed is { } known) return known;
            var allowed = _vocabulary.AllowedAt(state, _automaton);
            _kept.Enqueue(state);
            if (_kept.Count * (long)allowed.Length * sizeof(ulong) > MostKeptBytes) _kept.Dequeue().Allowed = null;
            return state.Allowed = allowed;
        }
    }

    internal bool IsEnd(int token) => _vocabulary.EndIds.Contains(token);
}
