using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Builtins;

/// <summary>Cutting, joining and padding of text as Python's str does it; parts keep where their characters came from.</summary>
internal static class TextParts
{
    public static MarkedText Strip(MarkedText text, MarkedText? characters, bool left, bool right)
    {
        var (start, end) = (0, text.Length);
        while (left && start < end && IsStripped(text.Text[start])) start++;
        while (right && end > start && IsStripped(text.Text[end - 1])) end--;
        return text.Slice(start..end);

        bool IsStripped(char character) => characters?.Text.Contains(character) ?? PythonSpace.Is(character);
    }

    /// <param name="most">Of cuts; negative for any number.</param>
    public static IReadOnlyList<MarkedText> Split(MarkedText text, string separator, long most, bool fromRight)
    {
        if (separator.Length == 0) throw new EvaluationException("an empty text cannot separate.");
        List<MarkedText> parts = [];
        var (start, end) = (0, text.Length);
        while (most < 0 || parts.Count < most)
        {
            var place = fromRight
                ? text.Text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal)
                : text.Text.IndexOf(separator, start, StringComparison.Ordinal);
            if (place < 0) break;
            parts.Add(fromRight ? text.Slice((place + separator.Length)..end) : text.Slice(start..place));
            if (fromRight) end = place;
            else start = place + separator.Length;
        }
        parts.Add(text.Slice(start..end));
        if (fromRight) parts.Reverse();
        return parts;
    }

    /// <summary>At runs of white space, which are no part of any piece; the uncut rest keeps its space but for the side it is cut from.</summary>
    public static IReadOnlyList<MarkedText> SplitAtSpace(MarkedText text, long most, bool fromRight)
    {
        List<MarkedText> parts = [];
        var source = text.Text;
        var (start, end) = (0, source.Length);
        while (true)
        {
            if (fromRight) while (end > start && PythonSpace.Is(source[end - 1])) end--;
            else while (start < end && PythonSpace.Is(source[start])) start++;
            if (start == end) break;
            var (from, to) = (start, end);
            if (most < 0 || parts.Count < most)
            {
                if (fromRight) for (from = end; from > start && !PythonSpace.Is(source[from - 1]);) from--;
                else for (to = start; to < end && !PythonSpace.Is(source[to]);) to++;
            }
            parts.Add(text.Slice(from..to));
            if (fromRight) end = from;
            else start = to;
        }
        if (fromRight) parts.Reverse();
        return parts;
    }

    public static IReadOnlyList<MarkedText> Lines(MarkedText text, bool keepEnds)
    {
        List<MarkedText> lines = [];
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && !IsLineBreak(text.Text[end])) end++;
            var next = end + 1 < text.Length && text.Text[end] == '\r' && text.Text[end + 1] == '\n' ? end + 2 : Math.Min(end + 1, text.Length);
            lines.Add(text.Slice(start..(keepEnds ? next : end)));
            start = next;
        }
        return lines;
    }

    private static bool IsLineBreak(char character) =>
        character is '\n' or '\r' or '\v' or '\f' or >= '\u001c' and <= '\u001e' or '\u0085' or '\u2028' or '\u2029';

    public static TextValue Join(RenderContext context, MarkedText separator, IReadOnlyList<MarkedText> parts)
    {
        context.Budget.ChargeText(parts.Sum(p => (long)p.Length) + (long)separator.Length * Math.Max(0, parts.Count - 1));
        return new(MarkedText.Concat(parts.SelectMany((part, i) => i == 0 ? [part] : (MarkedText[])[separator, part])));
    }

    /// <param name="most">Of replacements; negative for any number.</param>
    public static TextValue Replace(RenderContext context, MarkedText text, MarkedText old, MarkedText replacement, long most)
    {
        if (old.Length > 0) return Join(context, replacement, Charged(context, Split(text, old.Text, most, fromRight: false)));
        // Python puts the replacement before every character and behind the last.
        var characters = CodePoints.Split(text);
        var count = most < 0 ? characters.Count + 1 : Math.Min(most, characters.Count + 1);
        context.Budget.ChargeText(text.Length * 32L + replacement.Length * count);
        return new(MarkedText.Concat(Enumerable.Range(0, characters.Count + 1).SelectMany(i =>
            (MarkedText[])[i < count ? replacement : MarkedText.Empty, i < characters.Count ? characters[i] : MarkedText.Empty])));
    }

    private static IReadOnlyList<MarkedText> Charged(RenderContext context, IReadOnlyList<MarkedText> parts)
    {
        context.Budget.ChargeSteps(parts.Count);
        return parts;
    }

    public static int Occurrences(string text, string part)
    {
        if (part.Length == 0) return CodePoints.Count(text) + 1;
        var count = 0;
        for (var i = text.IndexOf(part, StringComparison.Ordinal); i >= 0; i = text.IndexOf(part, i + part.Length, StringComparison.Ordinal)) count++;
        return count;
    }

    public static TextValue Pad(RenderContext context, MarkedText text, long width, string fill, bool left, bool right)
    {
        if (CodePoints.Count(fill) != 1) throw new EvaluationException("padding needs one character to fill with.");
        var missing = width - CodePoints.Count(text.Text);
        if (missing <= 0) return new(text);
        context.Budget.ChargeText(width * fill.Length);
        // Python's str.center puts the odd one left when the width is odd.
        var before = !left ? 0 : !right ? missing : missing / 2 + (missing & width & 1);
        return new(MarkedText.Concat(Filling(before), text, Filling(right ? missing - before : 0)));

        MarkedText Filling(long count) => MarkedText.Plain(string.Concat(Enumerable.Repeat(fill, (int)count)));
    }
}
