using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Builtins;

/// <summary>Filters on values of any type: default, tojson, string, attr, items.</summary>
internal static class ValueFilters
{
    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, Filter>(StringComparer.Ordinal)
    {
        ["default"] = Default,
        ["d"] = Default,
        ["tojson"] = ToJson,
        ["string"] = (context, value, a) => new TextValue(context.Text(value)),
        ["safe"] = (context, value, a) => new TextValue(context.Text(value)),
        ["attr"] = (context, value, a) => value is UndefinedValue undefined
            ? throw undefined.Failure()
            : Members.Own(context, value, a.Bind("name").Text(0).Text) ?? new UndefinedValue($"'{value.TypeName} object' has no attribute '{a.Bind("name").Text(0)}'"),
        ["items"] = (_, value, _) => new SequenceValue(value switch
        {
            MappingValue mapping => MappingMethods.Pairs(mapping),
            UndefinedValue => [],
            _ => throw new EvaluationException($"'items' needs a dict, found a value of type {value.TypeName}."),
        }, SequenceKind.Generator),
    };

    private static JinjaValue Default(RenderContext context, JinjaValue value, Arguments arguments)
    {
        var bound = arguments.Bind("default_value", "boolean");
        return value is UndefinedValue || bound.Boolean(1, absent: false) && !value.IsTrue ? bound[0] ?? TextValue.Empty : value;
    }

    /// <summary>transformers' tojson: json.dumps without escapes for HTML and, unless asked for, for characters outside of ASCII.</summary>
    private static TextValue ToJson(RenderContext context, JinjaValue value, Arguments arguments)
    {
        var bound = arguments.Bind("ensure_ascii", "indent", "separators", "sort_keys");
        var indent = bound.IsGiven(1) ? Indent(bound) : null;
        context.Budget.ChargeText(indent?.Length ?? 0);
        var (item, key) = (indent is null ? ", " : ",", ": ");
        if (bound.IsGiven(2))
        {
            if (bound[2] is not SequenceValue { Items: [TextValue first, TextValue second] })
                throw new EvaluationException("'tojson' needs two texts as 'separators': between items and behind keys.");
            (item, key) = (first.Text, second.Text);
        }
        var json = new JsonText(bound.Boolean(0, absent: false), indent, item, key, bound.Boolean(3, absent: false), context.Budget).Write(value);
        context.Budget.ChargeText(json.Length);
        return new(MarkedText.Plain(json));
    }

    private static string Indent(BoundArguments bound)
    {
        if (bound[1] is TextValue text) return text.Text;
        return bound.Integer(1) is var width and <= 100 ? new string(' ', (int)Math.Max(0, width)) : throw new EvaluationException("'indent' is at most 100.");
    }
}
