using System.Globalization;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>Python's "text %s %d" % values, for s, r, d, i, u, f, x and %, with width and precision.</summary>
internal static class PercentFormat
{
    private const int MaxWidth = 1000;

    public static MarkedText Apply(RenderContext context, MarkedText format, JinjaValue values)
    {
        var positional = values is SequenceValue { Kind: SequenceKind.Tuple } tuple ? tuple.Items : [values];
        List<MarkedText> parts = [];
        var (position, used, usesNames) = (0, 0, false);
        for (var percent = Next(0); percent >= 0; percent = Next(position))
        {
            parts.Add(format.Slice(position, percent - position));
            var conversion = Conversion.Read(format.Text, percent + 1);
            position = conversion.End;
            usesNames |= conversion.Key is not null;
            parts.Add(conversion.Type == '%' ? format.Slice(position - 1, 1) : conversion.Write(context, Value(conversion.Key)));
        }
        parts.Add(format.Slice(position..));
        if (!usesNames && used < positional.Count && values is not (MappingValue or SequenceValue { Kind: not SequenceKind.Tuple }))
            throw new EvaluationException($"the format has places for {used} values, found {positional.Count}.");
        return Operators.Concat(context, parts).Marked;

        int Next(int from) => from >= format.Length ? -1 : format.Text.IndexOf('%', from);

        JinjaValue Value(string? key)
        {
            if (key is not null)
                return (values as MappingValue)?.Find(key) ?? throw new EvaluationException($"the format needs a dict with the key '{key}'.");
            return used < positional.Count ? positional[used++] : throw new EvaluationException("the format has more places than there are values.");
        }
    }

    private sealed record Conversion(string? Key, string Flags, int Width, int? Precision, char Type, int End)
    {
        public static Conversion Read(string text, int i)
        {
            string? key = null;
            if (i < text.Length && text[i] == '(' && text.IndexOf(')', i) is var close and > 0)
            {
                key = text[(i + 1)..close];
                i = close + 1;
            }
            var flags = i;
            while (i < text.Length && "-+ 0#".Contains(text[i])) i++;
            var flagText = text[flags..i];
            var width = Digits(text, ref i) ?? 0;
            int? precision = null;
            if (i < text.Length && text[i] == '.')
            {
                i++;
                precision = Digits(text, ref i) ?? 0;
            }
            if (i >= text.Length) throw new EvaluationException("the format ends within a '%' place.");
            return new(key, flagText, width, precision, text[i], i + 1);
        }

        private static int? Digits(string text, ref int i)
        {
            var start = i;
            while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
            if (i == start) return null;
            return int.TryParse(text.AsSpan(start, i - start), CultureInfo.InvariantCulture, out var value) && value <= MaxWidth
                ? value
                : throw new EvaluationException($"a format's width or precision is at most {MaxWidth}.");
        }

        public MarkedText Write(RenderContext context, JinjaValue value)
        {
            switch (Type)
            {
                case 's': return Pad(Cut(context.Text(value)));
                case 'r': return Pad(Cut(MarkedText.Plain(PythonText.Representation(value, context.Budget))));
                case 'd' or 'i' or 'u': return PadNumber(((long)Math.Truncate(Number(value))).ToString(CultureInfo.InvariantCulture));
                case 'x': return PadNumber((Numbers.AsInteger(value) ?? throw NotANumber(value)).ToString("x", CultureInfo.InvariantCulture));
                case 'f': return PadNumber(Number(value).ToString($"F{Precision ?? 6}", CultureInfo.InvariantCulture));
                default: throw new EvaluationException($"'%{Type}' is not supported in a format; supported: s r d i u f x %.");
            }
        }

        private double Number(JinjaValue value) => Numbers.AsFloat(value) ?? throw NotANumber(value);

        private EvaluationException NotANumber(JinjaValue value) => new($"'%{Type}' needs a number, found a value of type {value.TypeName}.");

        private MarkedText Cut(MarkedText text) => Precision is { } most ? text.Slice(0, CodePoints.OffsetOf(text.Text, most)) : text;

        private MarkedText Pad(MarkedText text)
        {
            var padding = MarkedText.Plain(new string(' ', Math.Max(0, Width - CodePoints.Count(text.Text))));
            return Flags.Contains('-') ? MarkedText.Concat(text, padding) : MarkedText.Concat(padding, text);
        }

        private MarkedText PadNumber(string number)
        {
            var sign = number.StartsWith('-') ? "-" : Flags.Contains('+') ? "+" : Flags.Contains(' ') ? " " : "";
            var digits = number.TrimStart('-');
            if (Flags.Contains('0') && !Flags.Contains('-')) digits = digits.PadLeft(Math.Max(0, Width - sign.Length), '0');
            return Pad(MarkedText.Plain(sign + digits));
        }
    }
}
