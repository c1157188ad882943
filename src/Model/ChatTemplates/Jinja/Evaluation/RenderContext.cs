using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>What filters, tests, methods and globals may use of the rendering that calls them.</summary>
internal sealed class RenderContext(RenderBudget budget, TimeProvider clock)
{
    public RenderBudget Budget => budget;
    public TimeProvider Clock => clock;

    /// <summary>Of the expression under way, for messages.</summary>
    public int Line { get; set; } = 1;

    /// <summary>Python's str(value).</summary>
    public MarkedText Text(JinjaValue value) => value is TextValue text ? text.Marked : PythonText.Of(value, budget);

    /// <summary>Python's iter(value): elements, the keys of a dict, the characters of a text; nothing of an undefined value.</summary>
    public IReadOnlyList<JinjaValue> Items(JinjaValue value)
    {
        IReadOnlyList<JinjaValue> items = value switch
        {
            SequenceValue sequence => sequence.Items,
            MappingValue mapping => mapping.Keys,
            TextValue text => Characters(text.Marked),
            UndefinedValue => [],
            _ => throw new EvaluationException($"expected a list, found a value of type {value.TypeName}, which has no elements."),
        };
        budget.ChargeSteps(1 + items.Count);
        return items;
    }

    /// <summary>A text's code points.</summary>
    private List<JinjaValue> Characters(MarkedText text)
    {
        budget.ChargeSteps(1 + text.Length);
        return [.. CodePoints.Split(text).Select(c => new TextValue(c))];
    }
}
