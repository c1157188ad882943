using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace ChatLoop.Model.Tokenizers;

/// <summary>
/// Byte-level byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019) of a Hugging Face tokenizer.json. Any text round-trips,
/// and no text encodes to a special token: "&lt;|end|&gt;" typed by a user is seven ordinary characters. Thread-safe.
/// </summary>
public sealed class ByteLevelBpeTokenizer
{
    private readonly BpeTokenizer _encoder;
    private readonly byte[][] _bytes;
    private readonly IReadOnlyDictionary<string, int> _specials;

    public ByteLevelBpeTokenizer(TokenizerJson json)
    {
        _specials = json.SpecialTokens;
        var words = json.Vocabulary.Where(t => !_specials.ContainsKey(t.Key)).ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal);
        _bytes = BytesById(json, words);
        _encoder = BpeTokenizer.Create(new BpeOptions(words)
        {
            Merges = json.Merges.Select(m => $"{m.Left} {m.Right}"),
            ByteLevel = true,
            PreTokenizer = new RegexPreTokenizer(
                new Regex(json.SplitPattern, RegexOptions.Compiled | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10)), null),
        });
    }

    /// <summary>Ids are 0 up to, not including, this.</summary>
    public int VocabularySize => _bytes.Length;

    /// <exception cref="InvalidDataException">The file is not a byte-level BPE tokenizer; the message names what is wrong.</exception>
    public static ByteLevelBpeTokenizer Load(Stream tokenizerJson) => new(TokenizerJson.Read(tokenizerJson));

    /// <summary>The ids of a text; never a special token. An unpaired surrogate becomes U+FFFD.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        if (text.Length == 0) return [];
        var wellFormed = HasUnpairedSurrogate(text) ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) : text;
        return _encoder.EncodeToIds(wellFormed);
    }

    /// <summary>The text of these ids. Special tokens are skipped; bytes that are not UTF-8 become U+FFFD.</summary>
    public string Decode(IEnumerable<int> ids)
    {
        var bytes = new List<byte>();
        foreach (var id in ids) bytes.AddRange(BytesOf(id));
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>The bytes that a token stands for; empty for special tokens.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not of this vocabulary.</exception>
    public ReadOnlySpan<byte> BytesOf(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, _bytes.Length);
        return _bytes[id];
    }

    /// <summary>The id of a special token.</summary>
    /// <exception cref="InvalidDataException">The tokenizer has no such token.</exception>
    public int SpecialId(string token) => _specials.TryGetValue(token, out var id)
        ? id
        : throw new InvalidDataException($"The tokenizer has no special token '{token}'; it has: {string.Join(", ", _specials.Keys)}.");

    private static byte[][] BytesById(TokenizerJson json, Dictionary<string, int> words)
    {
        var missing = ByteAlphabet.All.ToArray().Select(c => c.ToString()).FirstOrDefault(c => !words.ContainsKey(c));
        if (missing is not null) throw new InvalidDataException($"tokenizer.json has no token for the single byte '{missing}'.");
        var bytes = new byte[json.Vocabulary.Values.Max() + 1][];
        Array.Fill(bytes, []);
        foreach (var (token, id) in words)
        {
            bytes[id] = ByteAlphabet.TryRead(token)
                ?? throw new InvalidDataException($"tokenizer.json: token '{token}' is not written in the byte-level alphabet.");
        }
        return bytes;
    }

    private static bool HasUnpairedSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return true;
            i++;
        }
        return false;
    }
}
