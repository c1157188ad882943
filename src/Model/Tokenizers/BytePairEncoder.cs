using System.Collections.Concurrent;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace ChatLoop.Model.Tokenizers;

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016) of one word. Merging is Microsoft.ML.Tokenizers'; around it stands what Hugging Face
/// tokenizers do and that library does not: byte fallback, words that stay whole (ignore_merges), and characters without a token.
/// Thread-safe.
/// </summary>
internal sealed class BytePairEncoder
{
    private const int LongestCachedWord = 32;
    private const int MostCachedWords = 1 << 16;

    private readonly BpeTokenizer _merger;
    private readonly bool _isByteLevel;
    private readonly Dictionary<string, int> _wholeWords;
    private readonly HashSet<int> _symbols;
    /// <summary>
    /// Neighbouring characters between which some merge joins. Elsewhere a word may be cut without changing its tokens, which matters
    /// where there is no pre-tokenizer: Llama 2's words are whole texts, and the library's merging takes time with their square.
    /// </summary>
    private readonly HashSet<(int Left, int Right)> _joins = [];
    /// <summary>By byte; null where the vocabulary has none.</summary>
    private readonly int?[] _byteTokens;
    private readonly int? _unknown;
    private readonly bool _fusesUnknown;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cached;
    private int _cachedWords;

    /// <param name="file">Its model.</param>
    /// <param name="isByteLevel">Words are written as bytes in the <see cref="ByteAlphabet"/> first.</param>
    /// <param name="reserved">Tokens that no text may become.</param>
    /// <exception cref="InvalidDataException">A merge names a token that is not in the vocabulary.</exception>
    public BytePairEncoder(TokenizerFile file, bool isByteLevel, IReadOnlySet<string> reserved)
    {
        _cached = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        _isByteLevel = isByteLevel;
        var words = file.Vocabulary.Where(t => !reserved.Contains(t.Key)).ToDictionary(StringComparer.Ordinal);
        _merger = BpeTokenizer.Create(new BpeOptions(words) { Merges = [.. Merges(file, words, reserved)], PreTokenizer = new WholeText() });
        _byteTokens = [.. Enumerable.Range(0, 256).Select(b => file.ByteFallback && file.Vocabulary.TryGetValue(ByteToken((byte)b), out var token) ? token : (int?)null)];
        _wholeWords = file.IgnoresMerges ? words.Where(w => !IsByteToken(w.Key)).ToDictionary(StringComparer.Ordinal) : [];
        _symbols = [.. words.Keys.Where(IsOneCodePoint).Select(t => char.ConvertToUtf32(t, 0))];
        _unknown = file.UnknownToken is null ? null : file.Vocabulary.TryGetValue(file.UnknownToken, out var id)
            ? id
            : throw TokenizerFile.Unsupported($"model.unk_token '{file.UnknownToken}' is not in model.vocab");
        _fusesUnknown = file.FusesUnknown;
    }

    /// <summary>Adds the tokens of a well-formed word.</summary>
    public void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        if (_cached.TryGetValue(word, out var known))
        {
            ids.AddRange(known);
            return;
        }
        var found = Encode(_isByteLevel ? AsBytes(word) : word.ToString());
        ids.AddRange(found);
        if (word.Length > LongestCachedWord || Volatile.Read(ref _cachedWords) >= MostCachedWords) return;
        if (_cached.TryAdd(word, [.. found])) Interlocked.Increment(ref _cachedWords);
    }

    private static string AsBytes(ReadOnlySpan<char> word)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        return ByteAlphabet.Write(bytes);
    }

    private List<int> Encode(string word)
    {
        if (_wholeWords.TryGetValue(word, out var whole)) return [whole];
        List<int> ids = [];
        var run = new StringBuilder();
        var last = 0;
        var unknownBefore = false;
        foreach (var rune in word.EnumerateRunes())
        {
            var isUnknown = false;
            if (_symbols.Contains(rune.Value))
            {
                if (run.Length > 0 && !_joins.Contains((last, rune.Value))) Flush();
                run.Append(rune);
                last = rune.Value;
            }
            else if (ByteTokensOf(rune) is { } bytes)
            {
                Flush();
                ids.AddRange(bytes);
            }
            else if (_unknown is { } unknown)
            {
                isUnknown = true;
                Flush();
                if (!unknownBefore || !_fusesUnknown) ids.Add(unknown);
            }
            // Without any of these the character is dropped and its neighbours meet, as in Hugging Face tokenizers.
            unknownBefore = isUnknown;
        }
        Flush();
        return ids;

        void Flush()
        {
            if (run.Length > 0) ids.AddRange(_merger.EncodeToIds(run.ToString()));
            run.Clear();
        }
    }

    private IEnumerable<string> Merges(TokenizerFile file, Dictionary<string, int> words, IReadOnlySet<string> reserved)
    {
        foreach (var (left, right) in file.Merges)
        {
            var parts = (string[])[left, right, left + right];
            if (parts.Any(reserved.Contains)) continue;
            if (parts.FirstOrDefault(p => !words.ContainsKey(p)) is { } missing)
                throw TokenizerFile.Unsupported($"the merge '{left} {right}' needs the token '{missing}', which is not in model.vocab");
            Rune.DecodeLastFromUtf16(left, out var before, out _);
            Rune.DecodeFromUtf16(right, out var after, out _);
            _joins.Add((before.Value, after.Value));
            yield return $"{left} {right}";
        }
    }

    /// <returns>Null unless every byte of the character has a token.</returns>
    private int[]? ByteTokensOf(Rune rune)
    {
        Span<byte> bytes = stackalloc byte[4];
        var tokens = new int[rune.EncodeToUtf8(bytes)];
        for (var i = 0; i < tokens.Length; i++)
        {
            if (_byteTokens[bytes[i]] is not { } token) return null;
            tokens[i] = token;
        }
        return tokens;
    }

    public static string ByteToken(byte value) => $"<0x{value:X2}>";

    public static bool IsByteToken(string token) => token is ['<', '0', 'x', _, _, '>'] &&
        byte.TryParse(token.AsSpan(3, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out _);

    private static bool IsOneCodePoint(string token) =>
        token.Length == 1 ? !char.IsSurrogate(token[0]) : token.Length == 2 && char.IsSurrogatePair(token[0], token[1]);

    /// <summary>The word is cut already; without a pre-tokenizer the library would cut it again.</summary>
    private sealed class WholeText : PreTokenizer
    {
        public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => [(0, text.Length)];

        public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => [(0, text.Length)];
    }
}
