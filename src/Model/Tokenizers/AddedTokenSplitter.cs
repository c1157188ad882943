using System.Buffers;
using System.Globalization;
using System.Text;

namespace ChatLoop.Model.Tokenizers;

/// <summary>One piece of a text: an added token, or what stands between them.</summary>
/// <param name="Start">Where the piece begins in the text that was cut.</param>
internal readonly record struct TextPiece(int Start, AddedToken? Token, SegmentedText Text);

/// <summary>
/// Finds added tokens in the markup of a text: leftmost first, of several that begin at one place the longest, as the added vocabulary
/// of Hugging Face tokenizers does. A token is found only where all its characters are markup.
/// </summary>
internal sealed class AddedTokenSplitter
{
    private readonly Dictionary<char, (string Content, AddedToken Token)[]> _byFirst;
    private readonly SearchValues<string> _contents;

    /// <param name="tokens">Each with the text to look for, which differs from its content where that is normalised.</param>
    public AddedTokenSplitter(IReadOnlyCollection<(string Content, AddedToken Token)> tokens)
    {
        _byFirst = tokens.GroupBy(t => t.Content[0]).ToDictionary(g => g.Key, g => g.OrderByDescending(t => t.Content.Length).ToArray());
        _contents = SearchValues.Create([.. tokens.Select(t => t.Content)], StringComparison.Ordinal);
        IsEmpty = tokens.Count == 0;
    }

    public bool IsEmpty { get; }

    public IEnumerable<TextPiece> Split(SegmentedText text)
    {
        var given = 0;
        foreach (var (runStart, runEnd) in IsEmpty ? [] : text.Markup)
        {
            var from = runStart;
            while (Find(text.Text, from, runEnd) is { } found)
            {
                var (start, end, token) = found;
                from = end;
                if (start < given || (token.SingleWord && !StandsAlone(text.Text, start, end))) continue;
                if (token.StripsLeft) start = Math.Max(given, text.Text.AsSpan(0, start).TrimEnd().Length);
                if (token.StripsRight) end = text.Text.Length - text.Text.AsSpan(end).TrimStart().Length;
                if (given < start) yield return new(given, null, text.Slice(given, start));
                yield return new(start, token, default);
                given = end;
            }
        }
        if (given < text.Text.Length) yield return new(given, null, given == 0 ? text : text.Slice(given, text.Text.Length));
    }

    private (int Start, int End, AddedToken Token)? Find(string text, int from, int to)
    {
        if (from >= to) return null;
        var index = text.AsSpan(from, to - from).IndexOfAny(_contents);
        if (index < 0) return null;
        var start = from + index;
        foreach (var (content, token) in _byFirst[text[start]])
        {
            if (text.AsSpan(start, to - start).StartsWith(content, StringComparison.Ordinal)) return (start, start + content.Length, token);
        }
        return null;
    }

    private static bool StandsAlone(string text, int start, int end) =>
        !(Rune.DecodeLastFromUtf16(text.AsSpan(0, start), out var before, out _) == OperationStatus.Done && IsWordCharacter(before)) &&
        !(Rune.DecodeFromUtf16(text.AsSpan(end), out var after, out _) == OperationStatus.Done && IsWordCharacter(after));

    private static bool IsWordCharacter(Rune rune) => Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;
}
