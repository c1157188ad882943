using System.Text.RegularExpressions;
using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Builtins;

/// <summary>Filters on texts; any other value is taken as its text.</summary>
internal static partial class TextFilters
{
    private delegate JinjaValue TextFilter(RenderContext context, MarkedText text, Arguments arguments);

    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, TextFilter>(StringComparer.Ordinal)
    {
        ["trim"] = (_, text, a) => new TextValue(TextParts.Strip(text, a.Bind("chars").OptionalText(0), left: true, right: true)),
        ["upper"] = (_, text, _) => new TextValue(Casing.Upper(text)),
        ["lower"] = (_, text, _) => new TextValue(Casing.Lower(text)),
        ["capitalize"] = (_, text, _) => new TextValue(Casing.Capitalize(text)),
        ["title"] = (_, text, _) => new TextValue(Casing.TitleWords(text)),
        ["center"] = (context, text, a) => TextParts.Pad(context, text, a.Bind("width").Integer(0, absent: 80), " ", left: true, right: true),
        ["format"] = (context, text, a) => new TextValue(PercentFormat.Apply(context, text, a.Named.Count > 0
            ? new MappingValue(a.Named.Select(n => (JinjaValue.Of(n.Name), n.Value)))
            : new SequenceValue(a.Positional, SequenceKind.Tuple))),
        ["replace"] = Replace,
        ["indent"] = Indent,
        ["truncate"] = Truncate,
        ["wordcount"] = (_, text, _) => JinjaValue.Of(Word().Count(text.Text)),
    }.ToDictionary(f => f.Key, f => AsFilter(f.Value), StringComparer.Ordinal);

    private static Filter AsFilter(TextFilter filter) => (context, value, arguments) =>
    {
        var text = context.Text(value);
        context.Budget.ChargeText(text.Length);
        return filter(context, text, arguments);
    };

    private static TextValue Replace(RenderContext context, MarkedText text, Arguments arguments)
    {
        var bound = arguments.Bind("old", "new", "count");
        return TextParts.Replace(context, text, context.Text(bound.Required(0)), context.Text(bound.Required(1)), bound.Integer(2, absent: -1));
    }

    private static TextValue Indent(RenderContext context, MarkedText text, Arguments arguments)
    {
        var bound = arguments.Bind("width", "first", "blank");
        var width = bound[0] is TextValue ? null : (long?)bound.Integer(0, absent: 4);
        context.Budget.ChargeText(width ?? 0);
        var indentation = width is { } spaces ? MarkedText.Plain(new string(' ', (int)Math.Max(0, spaces))) : bound.Text(0);
        var newLine = MarkedText.Plain("\n");
        var lines = TextParts.Lines(MarkedText.Concat(text, newLine), keepEnds: false);
        var (first, blank) = (bound.Boolean(1, absent: false), bound.Boolean(2, absent: false));
        return TextParts.Join(context, newLine, [.. Charged(context, lines, indentation).Select((line, i) =>
            i == 0 ? first ? MarkedText.Concat(indentation, line) : line
            : blank || line.Length > 0 ? MarkedText.Concat(indentation, line) : line)]);
    }

    private static IReadOnlyList<MarkedText> Charged(RenderContext context, IReadOnlyList<MarkedText> lines, MarkedText indentation)
    {
        context.Budget.ChargeText((long)lines.Count * (32 + indentation.Length));
        return lines;
    }

    private static TextValue Truncate(RenderContext context, MarkedText text, Arguments arguments)
    {
        var bound = arguments.Bind("length", "killwords", "end", "leeway");
        var (length, end) = (bound.Integer(0, absent: 255), bound.OptionalText(2) ?? MarkedText.Markup("..."));
        if (CodePoints.Count(text.Text) <= length + bound.Integer(3, absent: 5)) return new(text);
        var room = (int)length - CodePoints.Count(end.Text);
        if (room < 0) throw new EvaluationException($"'truncate' needs a length of at least {CodePoints.Count(end.Text)}, found {length}.");
        var cut = text.Slice(..CodePoints.OffsetOf(text.Text, room));
        if (!bound.Boolean(1, absent: false) && cut.Text.LastIndexOf(' ') is var space and >= 0) cut = cut.Slice(..space);
        return Operators.Concat(context, [cut, end]);
    }

    [GeneratedRegex(@"\w+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Word();
}
