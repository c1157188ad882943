using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Builtins;

/// <summary>Filters that take all of a list: length, first, join, sort and the like.</summary>
internal static class SequenceFilters
{
    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, Filter>(StringComparer.Ordinal)
    {
        ["length"] = (_, value, _) => Length(value),
        ["count"] = (_, value, _) => Length(value),
        ["list"] = (context, value, _) => JinjaValue.ListOf(context.Items(value)),
        ["first"] = (context, value, _) => context.Items(value) is [var first, ..] ? first : Empty("first"),
        ["last"] = (context, value, _) => context.Items(value) is [.., var last] ? last : Empty("last"),
        ["join"] = Join,
        ["reverse"] = (context, value, _) => value is TextValue text
            ? Slicing.Apply(context, text, null, null, JinjaValue.Of(-1))
            : new SequenceValue([.. context.Items(value).Reverse()], SequenceKind.Generator),
        ["sort"] = Sort,
        ["dictsort"] = DictSort,
        ["unique"] = Unique,
        ["groupby"] = GroupBy,
        ["batch"] = Batch,
        ["slice"] = Slice,
        ["sum"] = Sum,
        ["min"] = (context, value, a) => Extreme(context, value, a, sign: 1),
        ["max"] = (context, value, a) => Extreme(context, value, a, sign: -1),
    };

    private static JinjaValue Length(JinjaValue value) => value switch
    {
        TextValue text => JinjaValue.Of(CodePoints.Count(text.Text)),
        SequenceValue { HasLength: true } sequence => JinjaValue.Of(sequence.Items.Count),
        MappingValue mapping => JinjaValue.Of(mapping.Keys.Count),
        UndefinedValue => JinjaValue.Of(0),
        _ => throw new EvaluationException($"a value of type {value.TypeName} has no length; expected a text, list or dict."),
    };

    private static UndefinedValue Empty(string filter) => new($"'{filter}' found no item: the sequence is empty");

    private static TextValue Join(RenderContext context, JinjaValue value, Arguments arguments)
    {
        var bound = arguments.Bind("d", "attribute");
        var key = SelectionFilters.AttributeGetter(context, bound[1]);
        return TextParts.Join(context, bound[0] is { } separator ? context.Text(separator) : MarkedText.Empty,
            [.. context.Items(value).Select(i => context.Text(key(i)))]);
    }

    private static JinjaValue Sort(RenderContext context, JinjaValue value, Arguments arguments)
    {
        var bound = arguments.Bind("reverse", "case_sensitive", "attribute");
        var matchesCase = bound.Boolean(1, absent: false);
        IReadOnlyList<Func<JinjaValue, JinjaValue>> keys = bound[2] is TextValue names
            ? [.. names.Text.Split(',').Select(n => SelectionFilters.AttributeGetter(context, JinjaValue.Of(n)))]
            : [SelectionFilters.AttributeGetter(context, bound[2])];
        return Sorted(context, context.Items(value), i => new SequenceValue([.. keys.Select(k => Folded(k(i), matchesCase))], SequenceKind.List),
            bound.Boolean(0, absent: false));
    }

    private static JinjaValue DictSort(RenderContext context, JinjaValue value, Arguments arguments)
    {
        var bound = arguments.Bind("case_sensitive", "by", "reverse");
        if (value is not MappingValue mapping) throw new EvaluationException($"'dictsort' needs a dict, found a value of type {value.TypeName}.");
        var place = bound.OptionalText(1)?.Text is "value" ? 1 : 0;
        var matchesCase = bound.Boolean(0, absent: false);
        return Sorted(context, MappingMethods.Pairs(mapping), pair => Folded(((SequenceValue)pair).Items[place], matchesCase), bound.Boolean(2, absent: false));
    }

    /// <summary>Stable, also in reverse.</summary>
    private static JinjaValue Sorted(RenderContext context, IReadOnlyList<JinjaValue> items, Func<JinjaValue, JinjaValue> key, bool reverse)
    {
        var order = Comparer<JinjaValue>.Create((a, b) => Operators.Compare(context, a, b));
        try
        {
            return JinjaValue.ListOf(reverse ? items.OrderByDescending(key, order) : items.OrderBy(key, order));
        }
        catch (InvalidOperationException e) when (e.InnerException is EvaluationException inner)
        {
            throw new EvaluationException(inner.Message, inner.Fault);
        }
    }

    private static JinjaValue Folded(JinjaValue value, bool matchesCase) =>
        !matchesCase && value is TextValue text ? new TextValue(Casing.Lower(text.Marked)) : value;

    private static SequenceValue Unique(RenderContext context, JinjaValue value, Arguments arguments)
    {
        var bound = arguments.Bind("case_sensitive", "attribute");
        var key = SelectionFilters.AttributeGetter(context, bound[1]);
        var seen = new HashSet<JinjaValue>(KeyEquality.Instance);
        return new SequenceValue([.. context.Items(value).Where(i => seen.Add(Hashable(Folded(key(i), bound.Boolean(0, absent: false)))))], SequenceKind.Generator);
    }

    private static JinjaValue Hashable(JinjaValue value) => KeyEquality.IsHashable(value)
        ? value
        : throw new EvaluationException($"'unique' cannot compare values of type {value.TypeName}.");

    /// <summary>Pairs of a key and its items, in the order of the keys.</summary>
    private static JinjaValue GroupBy(RenderContext context, JinjaValue value, Arguments arguments)
    {
        var bound = arguments.Bind("attribute", "default", "case_sensitive");
        var key = SelectionFilters.AttributeGetter(context, bound.Required(0), bound[1]);
        var matchesCase = bound.Boolean(2, absent: false);
        var sorted = (SequenceValue)Sorted(context, context.Items(value), i => Folded(key(i), matchesCase), reverse: false);
        List<(JinjaValue Key, List<JinjaValue> Items)> groups = [];
        foreach (var item in sorted.Items)
        {
            if (groups.Count == 0 || !Operators.AreEqual(context, Folded(groups[^1].Key, matchesCase), Folded(key(item), matchesCase))) groups.Add((key(item), []));
            groups[^1].Items.Add(item);
        }
        return JinjaValue.ListOf(groups.Select(g => new SequenceValue([g.Key, JinjaValue.ListOf(g.Items)], SequenceKind.Tuple)));
    }

    private static SequenceValue Batch(RenderContext context, JinjaValue value, Arguments arguments)
    {
        var bound = arguments.Bind("linecount", "fill_with");
        var size = (int)Math.Clamp(bound.Integer(0), 1, 100_000);
        return new SequenceValue([.. context.Items(value).Chunk(size).Select(row =>
        {
            IEnumerable<JinjaValue> fill = bound.IsGiven(1) ? Enumerable.Repeat(bound[1]!, size - row.Length) : [];
            context.Budget.ChargeSteps(size);
            return JinjaValue.ListOf([.. row, .. fill]);
        })], SequenceKind.Generator);
    }

    /// <summary>Columns: the first ones are longer by one when the items do not divide evenly.</summary>
    private static SequenceValue Slice(RenderContext context, JinjaValue value, Arguments arguments)
    {
        var bound = arguments.Bind("slices", "fill_with");
        var (items, columns) = (context.Items(value), (int)Math.Clamp(bound.Integer(0), 1, 100_000));
        context.Budget.ChargeSteps(columns);
        var (each, longer) = Math.DivRem(items.Count, columns);
        var start = 0;
        return new SequenceValue([.. Enumerable.Range(0, columns).Select(column =>
        {
            var length = column < longer ? each + 1 : each;
            IEnumerable<JinjaValue> fill = bound.IsGiven(1) && column >= longer ? [bound[1]!] : [];
            start += length;
            return JinjaValue.ListOf([.. items.Skip(start - length).Take(length), .. fill]);
        })], SequenceKind.Generator);
    }

    private static JinjaValue Sum(RenderContext context, JinjaValue value, Arguments arguments)
    {
        var bound = arguments.Bind("attribute", "start");
        var key = SelectionFilters.AttributeGetter(context, bound[0]);
        return context.Items(value).Aggregate(bound[1] ?? JinjaValue.Of(0), (sum, item) => Operators.Arithmetic(context, "+", sum, key(item)));
    }

    private static JinjaValue Extreme(RenderContext context, JinjaValue value, Arguments arguments, int sign)
    {
        var bound = arguments.Bind("case_sensitive", "attribute");
        var key = SelectionFilters.AttributeGetter(context, bound[1]);
        JinjaValue? best = null;
        foreach (var item in context.Items(value))
        {
            if (best is null || Operators.Compare(context, Key(item), Key(best)) * sign < 0) best = item;
        }
        return best ?? Empty(sign > 0 ? "min" : "max");

        JinjaValue Key(JinjaValue item) => Folded(key(item), bound.Boolean(0, absent: false));
    }
}
