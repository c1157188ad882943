using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

namespace ChatLoop.Model.ChatTemplates.Jinja.Values;

/// <summary>The variable "loop" of a for statement.</summary>
internal sealed class LoopValue(IReadOnlyList<JinjaValue> items) : JinjaValue
{
    private IReadOnlyList<JinjaValue>? _lastChecked;

    public override string TypeName => "loop";
    public int Index { get; set; }

    public JinjaValue? Find(RenderContext context, string name) => name switch
    {
        "index" => Of(Index + 1),
        "index0" => Of(Index),
        "revindex" => Of(items.Count - Index),
        "revindex0" => Of(items.Count - Index - 1),
        "first" => Of(Index == 0),
        "last" => Of(Index == items.Count - 1),
        "length" => Of(items.Count),
        // Counts recursive loops alone, of which there are none.
        "depth" => Of(1),
        "depth0" => Of(0),
        "previtem" => Index > 0 ? items[Index - 1] : new UndefinedValue("there is no previous item"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new UndefinedValue("there is no next item"),
        "cycle" => new FunctionValue("loop.cycle", arguments => arguments.Positional.Count > 0
            ? arguments.Positional[Index % arguments.Positional.Count]
            : throw new EvaluationException("'loop.cycle' needs values.")),
        "changed" => new FunctionValue("loop.changed", arguments => Of(HasChanged(context, arguments.Positional))),
        _ => null,
    };

    private bool HasChanged(RenderContext context, IReadOnlyList<JinjaValue> values)
    {
        var same = _lastChecked is { } last && last.Count == values.Count
            && last.Zip(values).All(pair => Operators.AreEqual(context, pair.First, pair.Second));
        _lastChecked = values;
        return !same;
    }
}
