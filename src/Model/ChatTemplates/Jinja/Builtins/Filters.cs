using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Builtins;

/// <summary>A filter of jinja2: "value | name(arguments)".</summary>
internal delegate JinjaValue Filter(RenderContext context, JinjaValue value, Arguments arguments);

/// <summary>jinja2's filters that make sense without HTML, and transformers' own tojson.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Filter> All = new(
        [.. TextFilters.All, .. NumberFilters.All, .. SequenceFilters.All, .. SelectionFilters.All, .. ValueFilters.All], StringComparer.Ordinal);

    public static string Names => string.Join(", ", All.Keys.Order(StringComparer.Ordinal));

    public static bool Exists(string name) => All.ContainsKey(name);

    public static JinjaValue Apply(RenderContext context, string name, JinjaValue value, Arguments arguments)
    {
        context.Budget.ChargeSteps(1);
        return All.TryGetValue(name, out var filter)
            ? filter(context, value, arguments)
            : throw new EvaluationException($"there is no filter '{name}'; known: {Names}.");
    }
}
