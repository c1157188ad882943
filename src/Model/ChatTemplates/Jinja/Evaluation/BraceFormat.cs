using System.Globalization;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>Python's "text {} {0} {name}".format(values). Format specifications behind a colon are not supported.</summary>
internal static class BraceFormat
{
    public static MarkedText Apply(RenderContext context, MarkedText format, Arguments values)
    {
        List<MarkedText> parts = [];
        var text = format.Text;
        var (start, next) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('{' or '}')) continue;
            parts.Add(format.Slice(start, i - start));
            if (i + 1 < text.Length && text[i + 1] == text[i])
            {
                parts.Add(format.Slice(i++, 1));
            }
            else
            {
                var close = text[i] == '{' ? text.IndexOf('}', i) : -1;
                if (close < 0) throw new EvaluationException("a format has a single '{' or '}'; write it twice to mean itself.");
                parts.Add(context.Text(Value(text[(i + 1)..close], values, ref next)));
                i = close;
            }
            start = i + 1;
        }
        parts.Add(format.Slice(start..));
        return Operators.Concat(context, parts).Marked;
    }

    private static JinjaValue Value(string field, Arguments values, ref int next)
    {
        if (field.AsSpan().IndexOfAny(":!.[") >= 0)
            throw new EvaluationException($"'{{{field}}}' is not supported in a format; supported: {{}}, {{0}} and {{name}}.");
        if (field.Length > 0 && !char.IsAsciiDigit(field[0]))
        {
            return values.Named.Where(n => n.Name == field).Select(n => n.Value).FirstOrDefault()
                ?? throw new EvaluationException($"the format needs a value named '{field}'.");
        }
        var place = field.Length == 0 ? next++ : int.TryParse(field, CultureInfo.InvariantCulture, out var number) ? number : -1;
        return place >= 0 && place < values.Positional.Count
            ? values.Positional[place]
            : throw new EvaluationException($"the format needs value number {place}, found {values.Positional.Count} values.");
    }
}
