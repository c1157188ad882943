using System.Text;

namespace ChatLoop.Model.Tokenizers;

/// <summary>
/// The text of segments, joined, and the ranges of it that are markup, in order, apart from each other.
/// </summary>
internal readonly record struct SegmentedText(string Text, IReadOnlyList<(int Start, int End)> Markup)
{
    /// <summary>The segments one after the other. An unpaired surrogate becomes U+FFFD, as when a string is turned into UTF-8.</summary>
    public static SegmentedText Join(IEnumerable<TextSegment> segments)
    {
        var text = new StringBuilder();
        List<(int Start, int End)> markup = [];
        foreach (var segment in segments)
        {
            var start = text.Length;
            text.Append(segment.Text);
            if (!segment.IsMarkup || text.Length == start) continue;
            if (markup.Count > 0 && markup[^1].End == start) markup[^1] = (markup[^1].Start, text.Length);
            else markup.Add((start, text.Length));
        }
        return new(WellFormed(text.ToString()), markup);
    }

    public SegmentedText Slice(int start, int end)
    {
        List<(int, int)> markup = [];
        foreach (var range in Markup)
        {
            var (from, to) = (Math.Max(range.Start, start), Math.Min(range.End, end));
            if (from < to) markup.Add((from - start, to - start));
        }
        return new(Text[start..end], markup);
    }

    /// <summary>
    /// The text after a normaliser. A character that it made from both markup and other text counts as other text.
    /// </summary>
    public SegmentedText Normalize(Func<string, string> normalizer)
    {
        var original = Text;
        var result = normalizer(original);
        var markup = Markup.Select(range => (Start: Image(range.Start, next: 1), End: Image(range.End, next: 0))).Where(range => range.Start < range.End);
        return new(result, [.. markup]);

        // Where the text up to a place ends after normalisation: at the end of the prefix's own normal form, unless the two sides met.
        int Image(int at, int next)
        {
            if (at == 0) return 0;
            if (at == original.Length) return result.Length;
            var prefix = normalizer(original[..at]);
            var common = prefix.AsSpan().CommonPrefixLength(result);
            return common == prefix.Length ? common : common + next;
        }
    }

    private static string WellFormed(string text)
    {
        var i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (i < 0) return text;
        var characters = text.ToCharArray();
        for (; i < characters.Length; i++)
        {
            if (!char.IsSurrogate(characters[i])) continue;
            if (i + 1 < characters.Length && char.IsSurrogatePair(characters[i], characters[i + 1])) i++;
            else characters[i] = '\uFFFD';
        }
        return new string(characters);
    }
}
