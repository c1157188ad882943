using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Builtins;

/// <summary>Python's dict methods. Those that change a dict are refused, as transformers' immutable sandbox does.</summary>
internal static class MappingMethods
{
    public static FunctionValue? Find(MappingValue mapping, string name) => name switch
    {
        "get" => new(name, arguments =>
        {
            var bound = arguments.Bind("key", "default");
            return (KeyEquality.IsHashable(bound.Required(0)) ? mapping.Find(bound.Required(0)) : null) ?? bound[1] ?? NoneValue.Instance;
        }),
        "keys" => View(name, mapping.Keys),
        "values" => View(name, [.. mapping.Entries.Select(e => e.Value)]),
        "items" => View(name, Pairs(mapping)),
        "copy" => new(name, _ => mapping),
        "update" or "pop" or "popitem" or "clear" or "setdefault" => Immutable.Refuse("dict", name),
        _ => null,
    };

    public static IReadOnlyList<JinjaValue> Pairs(MappingValue mapping) =>
        [.. mapping.Entries.Select(e => new SequenceValue([e.Key, e.Value], SequenceKind.Tuple))];

    private static FunctionValue View(string name, IReadOnlyList<JinjaValue> items) => new(name, _ => new SequenceValue(items, SequenceKind.View));
}

/// <summary>Python's methods of list and tuple.</summary>
internal static class SequenceMethods
{
    public static FunctionValue? Find(RenderContext context, SequenceValue sequence, string name) => name switch
    {
        _ when !sequence.HasElements => null,
        "count" => new(name, arguments =>
        {
            var value = arguments.Bind("value").Required(0);
            return JinjaValue.Of(sequence.Items.Count(i => Operators.AreEqual(context, i, value)));
        }),
        "index" => new(name, arguments =>
        {
            var value = arguments.Bind("value").Required(0);
            for (var i = 0; i < sequence.Items.Count; i++)
            {
                if (Operators.AreEqual(context, sequence.Items[i], value)) return JinjaValue.Of(i);
            }
            throw new EvaluationException("the value is not in the list.");
        }),
        "copy" when sequence.Kind == SequenceKind.List => new(name, _ => sequence),
        "append" or "extend" or "insert" or "pop" or "remove" or "clear" or "reverse" or "sort" when sequence.Kind == SequenceKind.List =>
            Immutable.Refuse("list", name),
        _ => null,
    };
}

internal static class Immutable
{
    public static FunctionValue Refuse(string type, string method) => new(method, _ =>
        throw new EvaluationException($"'{type}.{method}' would change a {type}, which templates may not; build a new one with '+' or a filter."));
}
