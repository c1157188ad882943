using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Builtins;

/// <summary>jinja2's tests: "value is name(arguments)".</summary>
internal static class ValueTests
{
    private delegate bool ValueTest(RenderContext context, JinjaValue value, Arguments arguments);

    private static readonly Dictionary<string, ValueTest> All = new(
    [
        .. OfOneValue(),
        .. Comparison("==", "eq", "equalto", "=="),
        .. Comparison("!=", "ne", "!="),
        .. Comparison("<", "lt", "lessthan", "<"),
        .. Comparison("<=", "le", "<="),
        .. Comparison(">", "gt", "greaterthan", ">"),
        .. Comparison(">=", "ge", ">="),
        .. Comparison("in", "in"),
        new("divisibleby", (context, value, a) =>
            Operators.AreEqual(context, Operators.Arithmetic(context, "%", value, a.Bind("num").Required(0)), JinjaValue.Of(0))),
        new("sameas", (_, value, a) => a.Bind("other").Required(0) is var other
            && (ReferenceEquals(value, other) || value is IntegerValue && other is IntegerValue && KeyEquality.Instance.Equals(value, other))),
        new("filter", (_, value, _) => value is TextValue name && Filters.Exists(name.Text)),
        new("test", (_, value, _) => value is TextValue name && Exists(name.Text)),
    ], StringComparer.Ordinal);

    public static string Names => string.Join(", ", All.Keys.Order(StringComparer.Ordinal));

    public static bool Exists(string name) => All.ContainsKey(name);

    public static bool Holds(RenderContext context, string name, JinjaValue value, Arguments arguments)
    {
        context.Budget.ChargeSteps(1);
        return All.TryGetValue(name, out var test)
            ? test(context, value, arguments)
            : throw new EvaluationException($"there is no test '{name}'; known: {Names}.");
    }

    private static Dictionary<string, ValueTest> OfOneValue() => new Dictionary<string, Func<RenderContext, JinjaValue, bool>>(StringComparer.Ordinal)
    {
        ["defined"] = (_, value) => value is not UndefinedValue,
        ["undefined"] = (_, value) => value is UndefinedValue,
        ["none"] = (_, value) => value is NoneValue,
        ["boolean"] = (_, value) => value is BooleanValue,
        ["true"] = (_, value) => ReferenceEquals(value, BooleanValue.True),
        ["false"] = (_, value) => ReferenceEquals(value, BooleanValue.False),
        ["integer"] = (_, value) => value is IntegerValue,
        ["float"] = (_, value) => value is FloatValue,
        ["number"] = (_, value) => value is IntegerValue or FloatValue or BooleanValue,
        ["string"] = (_, value) => value is TextValue,
        ["mapping"] = (_, value) => value is MappingValue,
        // jinja2 counts an undefined value as both: it can be looped over, and finds out too late that it has no elements.
        ["sequence"] = (_, value) => value is TextValue or MappingValue or SequenceValue { HasElements: true } or UndefinedValue,
        ["iterable"] = (_, value) => value is TextValue or MappingValue or SequenceValue or UndefinedValue,
        ["callable"] = (_, value) => value is FunctionValue,
        ["odd"] = (context, value) => Remainder(context, value) == 1,
        ["even"] = (context, value) => Remainder(context, value) == 0,
        ["lower"] = (context, value) => Casing.IsLower(context.Text(value).Text),
        ["upper"] = (context, value) => Casing.IsUpper(context.Text(value).Text),
    }.ToDictionary(t => t.Key, t => (ValueTest)((context, value, arguments) =>
    {
        arguments.Bind();
        return t.Value(context, value);
    }), StringComparer.Ordinal);

    private static double? Remainder(RenderContext context, JinjaValue value) =>
        Numbers.AsFloat(Operators.Arithmetic(context, "%", value, JinjaValue.Of(2)));

    private static IEnumerable<KeyValuePair<string, ValueTest>> Comparison(string comparison, params string[] names) =>
        names.Select(name => KeyValuePair.Create<string, ValueTest>(name, (context, value, a) =>
            Operators.Holds(context, comparison, value, a.Bind("other").Required(0))));
}
