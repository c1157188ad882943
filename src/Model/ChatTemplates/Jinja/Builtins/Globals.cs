using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Builtins;

/// <summary>Functions that every template can call: jinja2's, and transformers' raise_exception and strftime_now.</summary>
internal static class Globals
{
    /// <summary>As jinja2's sandbox has it.</summary>
    private const long LongestRange = 100_000;

    public static void AddTo(Scope scope, RenderContext context)
    {
        foreach (var function in (FunctionValue[])
        [
            new("range", arguments => Range(context, arguments)),
            new("namespace", arguments => new NamespaceValue(Entries(arguments).Select(e => (context.Text(e.Key).Text, e.Value)))),
            new("dict", arguments => new MappingValue(Entries(arguments))),
            new("raise_exception", arguments =>
                throw new EvaluationException(context.Text(arguments.Bind("message").Required(0)).Text, TemplateFault.Raised)),
            new("strftime_now", arguments => JinjaValue.Of(
                TimeFormat.Apply(arguments.Bind("format").Text(0).Text, context.Clock.GetLocalNow()), Provenance.Markup)),
        ])
        {
            scope.Set(function.Name, function);
        }
    }

    private static SequenceValue Range(RenderContext context, Arguments arguments)
    {
        var bound = arguments.Bind("start", "stop", "step");
        var (start, stop) = bound[1] is null ? (0, bound.Integer(0)) : (bound.Integer(0), bound.Integer(1));
        var step = bound.Integer(2, absent: 1);
        if (step == 0) throw new EvaluationException("the step of 'range' cannot be zero.");
        var count = Int128.Max(Int128.Zero, ((Int128)stop - start + step - Math.Sign(step)) / step);
        if (count > LongestRange) throw new EvaluationException($"'range' has at most {LongestRange:N0} numbers, found {count}.", TemplateFault.Budget);
        context.Budget.ChargeSteps((long)count);
        return new([.. Enumerable.Range(0, (int)count).Select(i => JinjaValue.Of(start + i * step))], SequenceKind.Range);
    }

    /// <summary>Of an optional dict, and the named values behind it.</summary>
    private static IEnumerable<(JinjaValue Key, JinjaValue Value)> Entries(Arguments arguments)
    {
        IEnumerable<(JinjaValue, JinjaValue)> given = arguments.Positional switch
        {
            [] => [],
            [MappingValue mapping] => mapping.Entries,
            [SequenceValue pairs] when pairs.Items.All(p => p is SequenceValue { Items.Count: 2 }) =>
                pairs.Items.Cast<SequenceValue>().Select(p => (p.Items[0], p.Items[1])),
            _ => throw new EvaluationException($"'{arguments.Function}' takes one dict and named values."),
        };
        return [.. given, .. arguments.Named.Select(n => (JinjaValue.Of(n.Name), n.Value))];
    }
}
