using System.Text;

namespace ChatLoop.Model.Tokenizers;

/// <summary>
/// Turns text into token ids and back, exactly as the Hugging Face tokenizer that a model was trained with. No text that people write
/// becomes an added token: "&lt;|im_end|&gt;" in it is encoded as the characters that it is. Thread-safe.
/// </summary>
public abstract class Tokenizer
{
    private readonly byte[][] _bytes;
    private readonly Dictionary<string, AddedToken> _added;
    private readonly AddedTokenSplitter _inText;
    private readonly AddedTokenSplitter _inNormalizedText;
    private readonly Func<string, string>? _normalizer;

    /// <param name="bytes">What each id stands for; empty for special tokens.</param>
    /// <param name="added">Added tokens.</param>
    /// <param name="named">The tokens with a role.</param>
    /// <param name="normalizer">Rewrites text before words are cut; null for none.</param>
    private protected Tokenizer(byte[][] bytes, IReadOnlyCollection<AddedToken> added, NamedTokens named, Func<string, string>? normalizer)
    {
        _bytes = bytes;
        _added = added.ToDictionary(t => t.Content, StringComparer.Ordinal);
        _normalizer = normalizer;
        _inText = new([.. added.Where(t => !t.IsNormalized).Select(t => (t.Content, t))]);
        _inNormalizedText = new([.. added.Where(t => t.IsNormalized).Select(t => (normalizer?.Invoke(t.Content) ?? t.Content, t))]);
        (BosId, EosId, PadId) = (IdOf(named.Bos), IdOf(named.Eos), IdOf(named.Pad));
        (AddsBos, AddsEos) = (named.AddsBos && BosId is not null, named.AddsEos && EosId is not null);
    }

    /// <summary>Ids are 0 up to, not including, this.</summary>
    public int VocabularySize => _bytes.Length;

    /// <summary>Control tokens, and words that are found as a whole in markup.</summary>
    public IReadOnlyCollection<AddedToken> AddedTokens => _added.Values;

    /// <summary>Begins a text; null when the tokenizer names none.</summary>
    public int? BosId { get; }
    /// <summary>Ends a text; null when the tokenizer names none.</summary>
    public int? EosId { get; }
    /// <summary>Fills shorter rows of a batch; null when the tokenizer names none.</summary>
    public int? PadId { get; }
    /// <summary>The model expects <see cref="BosId"/> before a text that does not itself begin with it. No method here adds it.</summary>
    public bool AddsBos { get; }
    /// <summary>The model expects <see cref="EosId"/> after a text. No method here adds it.</summary>
    public bool AddsEos { get; }
    /// <summary>The first space of a decoded text is the mark that encoding puts before it, and is left out.</summary>
    public abstract bool StripsLeadingSpace { get; }

    /// <summary>The ids of a text; never an added token. An unpaired surrogate becomes U+FFFD.</summary>
    public IReadOnlyList<int> Encode(string text) => Encode([new TextSegment(text, IsMarkup: false)]);

    /// <summary>The ids of a text that is all markup: added tokens in it are recognised, as Hugging Face tokenizers do with any text.</summary>
    public IReadOnlyList<int> EncodeMarkup(string text) => Encode([new TextSegment(text, IsMarkup: true)]);

    /// <summary>
    /// The ids of the segments one after the other, cut into words as one text. Added tokens are recognised where they lie in markup
    /// whole. The result is <see cref="EncodeMarkup"/> of the joined text unless that holds an added token with characters of others.
    /// </summary>
    public IReadOnlyList<int> Encode(IEnumerable<TextSegment> segments)
    {
        List<int> ids = [];
        foreach (var piece in _inText.Split(SegmentedText.Join(segments)))
        {
            if (piece.Token is { } token) ids.Add(token.Id);
            else EncodeBetween(piece.Text, piece.Start == 0, ids);
        }
        return ids;
    }

    /// <summary>
    /// The text of these ids. Special tokens are left out; bytes that are not UTF-8 become U+FFFD; the first space is left out where
    /// the tokenizer <see cref="StripsLeadingSpace"/>.
    /// </summary>
    public string Decode(IEnumerable<int> ids)
    {
        var bytes = new List<byte>();
        foreach (var id in ids) bytes.AddRange(BytesOf(id));
        if (StripsLeadingSpace && bytes is [(byte)' ', ..]) bytes.RemoveAt(0);
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>The bytes that a token stands for; empty for special tokens and for ids that no token has.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not of this vocabulary.</exception>
    public ReadOnlySpan<byte> BytesOf(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, _bytes.Length);
        return _bytes[id];
    }

    /// <summary>The id of a special or other added token.</summary>
    /// <exception cref="InvalidDataException">The tokenizer has no such token.</exception>
    public int SpecialId(string token) => IdOf(token)
        ?? throw new InvalidDataException($"The tokenizer has no special token '{token}'; it has: {string.Join(", ", _added.Keys)}.");

    /// <summary>Adds the ids of normalised text without added tokens.</summary>
    /// <param name="atStart">The text is the beginning of what is encoded.</param>
    private protected abstract void EncodeWords(string text, bool atStart, List<int> ids);

    private void EncodeBetween(SegmentedText text, bool atStart, List<int> ids)
    {
        if (_inNormalizedText.IsEmpty)
        {
            EncodeWords(_normalizer?.Invoke(text.Text) ?? text.Text, atStart, ids);
            return;
        }
        foreach (var piece in _inNormalizedText.Split(_normalizer is null ? text : text.Normalize(_normalizer)))
        {
            if (piece.Token is { } token) ids.Add(token.Id);
            else EncodeWords(piece.Text.Text, atStart && piece.Start == 0, ids);
        }
    }

    private int? IdOf(string? token) => token is not null && _added.TryGetValue(token, out var added) ? added.Id : null;
}
