using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>Python counts a text's code points, .NET its UTF-16 units: an emoji is one there and two here.</summary>
internal static class CodePoints
{
    public static int Count(string text) => HasPairs(text) ? text.EnumerateRunes().Count() : text.Length;

    /// <summary>Where code point number <paramref name="index"/> starts in UTF-16 units.</summary>
    public static int OffsetOf(string text, int index)
    {
        if (!HasPairs(text)) return Math.Min(index, text.Length);
        var offset = 0;
        for (; index > 0 && offset < text.Length; index--) offset += LengthAt(text, offset);
        return offset;
    }

    public static IReadOnlyList<MarkedText> Split(MarkedText text)
    {
        List<MarkedText> characters = [];
        foreach (var run in text.Runs)
        {
            for (var i = 0; i < run.Text.Length;)
            {
                var length = LengthAt(run.Text, i);
                characters.Add(MarkedText.Of(run.Text.Substring(i, length), run.Provenance));
                i += length;
            }
        }
        return characters;
    }

    /// <summary>Order by code points, as Python's strings compare.</summary>
    public static int Compare(string left, string right)
    {
        var shared = Math.Min(left.Length, right.Length);
        var i = 0;
        while (i < shared && left[i] == right[i]) i++;
        if (i == shared) return left.Length.CompareTo(right.Length);
        var (a, b) = (left[i], right[i]);
        // Surrogates are code points above U+FFFF and so above every other unit.
        return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
    }

    private static int LengthAt(string text, int index) =>
        char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]) ? 2 : 1;

    private static bool HasPairs(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0;
}
