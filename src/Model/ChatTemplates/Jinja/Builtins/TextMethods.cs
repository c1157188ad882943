using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Builtins;

/// <summary>Python's str methods. Every result keeps where its characters came from.</summary>
internal static class TextMethods
{
    private delegate JinjaValue Method(RenderContext context, MarkedText text, Arguments arguments);

    private static readonly Dictionary<string, Method> All = new(StringComparer.Ordinal)
    {
        ["strip"] = (_, text, a) => new TextValue(TextParts.Strip(text, a.Bind("chars").OptionalText(0), left: true, right: true)),
        ["lstrip"] = (_, text, a) => new TextValue(TextParts.Strip(text, a.Bind("chars").OptionalText(0), left: true, right: false)),
        ["rstrip"] = (_, text, a) => new TextValue(TextParts.Strip(text, a.Bind("chars").OptionalText(0), left: false, right: true)),
        ["upper"] = (_, text, a) => new TextValue(Casing.Upper(text)),
        ["lower"] = (_, text, a) => new TextValue(Casing.Lower(text)),
        ["title"] = (_, text, a) => new TextValue(Casing.Title(text)),
        ["capitalize"] = (_, text, a) => new TextValue(Casing.Capitalize(text)),
        ["swapcase"] = (_, text, a) => new TextValue(Casing.Swap(text)),
        ["startswith"] = (_, text, a) => JinjaValue.Of(Affixes(a).Any(x => text.Text.StartsWith(x, StringComparison.Ordinal))),
        ["endswith"] = (_, text, a) => JinjaValue.Of(Affixes(a).Any(x => text.Text.EndsWith(x, StringComparison.Ordinal))),
        ["removeprefix"] = (_, text, a) => new TextValue(
            a.Bind("prefix").Text(0) is var prefix && text.Text.StartsWith(prefix.Text, StringComparison.Ordinal) ? text.Slice(prefix.Length..) : text),
        ["removesuffix"] = (_, text, a) => new TextValue(
            a.Bind("suffix").Text(0) is var suffix && text.Text.EndsWith(suffix.Text, StringComparison.Ordinal) ? text.Slice(..^suffix.Length) : text),
        ["split"] = (context, text, a) => Split(context, text, a, fromRight: false),
        ["rsplit"] = (context, text, a) => Split(context, text, a, fromRight: true),
        ["splitlines"] = (context, text, a) => List(context, TextParts.Lines(text, a.Bind("keepends").Boolean(0, absent: false))),
        ["partition"] = (_, text, a) => Partition(text, a.Bind("sep").Text(0), fromRight: false),
        ["rpartition"] = (_, text, a) => Partition(text, a.Bind("sep").Text(0), fromRight: true),
        ["replace"] = Replace,
        ["join"] = (context, text, a) => TextParts.Join(context, text, [.. context.Items(a.Bind("iterable").Required(0)).Select(i =>
            i is TextValue part ? part.Marked : throw new EvaluationException($"'join' needs texts, found a value of type {i.TypeName}."))]),
        ["format"] = (context, text, a) => new TextValue(BraceFormat.Apply(context, text, a)),
        ["count"] = (_, text, a) => JinjaValue.Of(TextParts.Occurrences(text.Text, a.Bind("sub").Text(0).Text)),
        ["find"] = (_, text, a) => Find(text, text.Text.IndexOf(a.Bind("sub").Text(0).Text, StringComparison.Ordinal)),
        ["rfind"] = (_, text, a) => Find(text, text.Text.LastIndexOf(a.Bind("sub").Text(0).Text, StringComparison.Ordinal)),
        ["index"] = (_, text, a) => text.Text.IndexOf(a.Bind("sub").Text(0).Text, StringComparison.Ordinal) is var place and >= 0
            ? Find(text, place)
            : throw new EvaluationException("the text does not hold what 'index' looks for."),
        ["ljust"] = (context, text, a) => Pad(context, text, a, left: false, right: true),
        ["rjust"] = (context, text, a) => Pad(context, text, a, left: true, right: false),
        ["center"] = (context, text, a) => Pad(context, text, a, left: true, right: true),
        ["isdigit"] = (_, text, _) => Consists(text, char.IsDigit),
        ["isnumeric"] = (_, text, _) => Consists(text, char.IsNumber),
        ["isalpha"] = (_, text, _) => Consists(text, char.IsLetter),
        ["isalnum"] = (_, text, _) => Consists(text, c => char.IsLetter(c) || char.IsNumber(c)),
        ["isspace"] = (_, text, _) => Consists(text, PythonSpace.Is),
        ["isupper"] = (_, text, _) => JinjaValue.Of(Casing.IsUpper(text.Text)),
        ["islower"] = (_, text, _) => JinjaValue.Of(Casing.IsLower(text.Text)),
    };

    public static FunctionValue? Find(RenderContext context, MarkedText text, string name) => All.TryGetValue(name, out var method)
        ? new(name, arguments =>
        {
            context.Budget.ChargeText(text.Length);
            return method(context, text, arguments);
        })
        : null;

    private static SequenceValue List(RenderContext context, IReadOnlyList<MarkedText> parts)
    {
        context.Budget.ChargeSteps(parts.Count);
        return new([.. parts.Select(p => new TextValue(p))], SequenceKind.List);
    }

    private static SequenceValue Split(RenderContext context, MarkedText text, Arguments arguments, bool fromRight)
    {
        var bound = arguments.Bind("sep", "maxsplit");
        var most = bound.Integer(1, absent: -1);
        return List(context, bound.OptionalText(0) is { } separator
            ? TextParts.Split(text, separator.Text, most, fromRight)
            : TextParts.SplitAtSpace(text, most, fromRight));
    }

    private static SequenceValue Partition(MarkedText text, MarkedText separator, bool fromRight)
    {
        if (separator.Length == 0) throw new EvaluationException("an empty text cannot separate.");
        var place = fromRight
            ? text.Text.LastIndexOf(separator.Text, StringComparison.Ordinal)
            : text.Text.IndexOf(separator.Text, StringComparison.Ordinal);
        MarkedText[] parts = place >= 0
            ? [text.Slice(..place), text.Slice(place, separator.Length), text.Slice((place + separator.Length)..)]
            : fromRight ? [MarkedText.Empty, MarkedText.Empty, text] : [text, MarkedText.Empty, MarkedText.Empty];
        return new([.. parts.Select(p => new TextValue(p))], SequenceKind.Tuple);
    }

    private static TextValue Replace(RenderContext context, MarkedText text, Arguments arguments)
    {
        var bound = arguments.Bind("old", "new", "count");
        return TextParts.Replace(context, text, bound.Text(0), bound.Text(1), bound.Integer(2, absent: -1));
    }

    private static IReadOnlyList<string> Affixes(Arguments arguments)
    {
        var bound = arguments.Bind("affix");
        return bound.Required(0) is SequenceValue { Kind: SequenceKind.Tuple } several
            ? [.. several.Items.OfType<TextValue>().Select(t => t.Text)]
            : [bound.Text(0).Text];
    }

    private static JinjaValue Find(MarkedText text, int place) => JinjaValue.Of(place < 0 ? -1 : CodePoints.Count(text.Text[..place]));

    private static TextValue Pad(RenderContext context, MarkedText text, Arguments arguments, bool left, bool right)
    {
        var bound = arguments.Bind("width", "fillchar");
        return TextParts.Pad(context, text, bound.Integer(0), bound.OptionalText(1)?.Text ?? " ", left, right);
    }

    private static BooleanValue Consists(MarkedText text, Func<char, bool> predicate) =>
        (BooleanValue)JinjaValue.Of(text.Length > 0 && text.Text.All(predicate));
}
