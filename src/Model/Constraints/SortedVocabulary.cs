using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Constraints;

/// <summary>
/// The tokens that stand for bytes, in the order of these, and how many first bytes each shares with the one before: what one walk through
/// all of them needs in order to look at each shared beginning once. Immutable.
/// </summary>
internal sealed class SortedVocabulary
{
    private readonly int[] _ids;
    private readonly int[] _shared;
    private readonly Tokenizer _tokenizer;

    /// <param name="endIds">Tokens that end an answer; they write nothing.</param>
    public SortedVocabulary(Tokenizer tokenizer, IReadOnlyCollection<int> endIds)
    {
        _tokenizer = tokenizer;
        EndIds = [.. endIds.Where(id => id < tokenizer.VocabularySize)];
        _ids = [.. Enumerable.Range(0, tokenizer.VocabularySize).Except(EndIds).Where(id => tokenizer.BytesOf(id).Length > 0)];
        Array.Sort(_ids, (a, b) => tokenizer.BytesOf(a).SequenceCompareTo(tokenizer.BytesOf(b)));
        _shared = [.. _ids.Select((id, i) => i == 0 ? 0 : tokenizer.BytesOf(_ids[i - 1]).CommonPrefixLength(tokenizer.BytesOf(id)))];
        Longest = _ids.Max(id => tokenizer.BytesOf(id).Length);
        SingleBytes = _ids.Where(id => tokenizer.BytesOf(id).Length == 1).Select(id => tokenizer.BytesOf(id)[0]).ToHashSet();
    }

    public IReadOnlyList<int> EndIds { get; }
    public int Size => _tokenizer.VocabularySize;
    /// <summary>Bytes of the longest token.</summary>
    public int Longest { get; }
    /// <summary>Bytes that have a token of their own.</summary>
    public IReadOnlySet<byte> SingleBytes { get; }
    public bool StripsLeadingSpace => _tokenizer.StripsLeadingSpace;

    public ReadOnlySpan<byte> BytesOf(int id) => _tokenizer.BytesOf(id);

    /// <summary>One bit for each token that may come at a state: those of which every byte leads on, and the end where the text may end.</summary>
    public ulong[] AllowedAt(ConstraintState state, ByteDeterminizer automaton)
    {
        var allowed = new ulong[(Size + 63) / 64];
        var path = new ConstraintState[Longest + 1];
        path[0] = state;
        var dead = int.MaxValue;
        for (var i = 0; i < _ids.Length; i++)
        {
            // It begins with the bytes at which the last one failed.
            if (_shared[i] >= dead) continue;
            var bytes = _tokenizer.BytesOf(_ids[i]);
            dead = Walk(bytes, _shared[i], path, automaton);
            if (dead > bytes.Length) Allow(allowed, _ids[i]);
        }
        if (state.IsWhole)
        {
            foreach (var id in EndIds) Allow(allowed, id);
        }
        return allowed;
    }

    /// <summary>Goes on behind the bytes that the path has already. Returns how many bytes lead nowhere; MaxValue when all lead on.</summary>
    private static int Walk(ReadOnlySpan<byte> bytes, int from, ConstraintState[] path, ByteDeterminizer automaton)
    {
        for (var at = from; at < bytes.Length; at++)
        {
            path[at + 1] = automaton.After(path[at], bytes[at]);
            if (path[at + 1].IsDead) return at + 1;
        }
        return int.MaxValue;
    }

    private static void Allow(ulong[] allowed, int id) => allowed[id / 64] |= 1UL << (id % 64);
}
