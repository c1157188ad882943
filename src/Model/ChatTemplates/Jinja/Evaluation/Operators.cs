using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>Python's operators on values of any type.</summary>
internal static class Operators
{
    public static JinjaValue Arithmetic(RenderContext context, string operation, JinjaValue left, JinjaValue right) =>
        Numbers.Calculate(operation, left, right) ?? (operation, left, right) switch
        {
            ("+", TextValue a, TextValue b) => Concat(context, [a.Marked, b.Marked]),
            ("+", SequenceValue a, SequenceValue b) when a.Kind == b.Kind && a.Kind is SequenceKind.List or SequenceKind.Tuple =>
                new SequenceValue([.. context.Items(a), .. context.Items(b)], a.Kind),
            ("*", TextValue or SequenceValue, _) when Numbers.AsInteger(right) is { } count => Repeat(context, left, count),
            ("*", _, TextValue or SequenceValue) when Numbers.AsInteger(left) is { } count => Repeat(context, right, count),
            ("%", TextValue format, _) => new TextValue(PercentFormat.Apply(context, format.Marked, right)),
            (_, UndefinedValue undefined, _) => throw undefined.Failure(),
            (_, _, UndefinedValue undefined) => throw undefined.Failure(),
            _ => throw new EvaluationException($"'{operation}' cannot combine values of the types {left.TypeName} and {right.TypeName}."),
        };

    public static TextValue Concat(RenderContext context, IReadOnlyList<MarkedText> parts)
    {
        context.Budget.ChargeText(parts.Sum(p => (long)p.Length));
        return new(MarkedText.Concat(parts));
    }

    private static JinjaValue Repeat(RenderContext context, JinjaValue value, long count)
    {
        count = Math.Max(count, 0);
        if (value is TextValue text)
        {
            if (text.Marked.Length == 0) return text;
            context.Budget.ChargeText(Math.Min(count, int.MaxValue) * text.Marked.Length);
            return new TextValue(MarkedText.Concat(Enumerable.Repeat(text.Marked, (int)count)));
        }
        var sequence = (SequenceValue)value;
        if (sequence.Kind is not (SequenceKind.List or SequenceKind.Tuple))
            throw new EvaluationException($"'*' cannot repeat a value of type {value.TypeName}.");
        if (sequence.Items.Count == 0) return value;
        context.Budget.ChargeSteps(Math.Min(count, int.MaxValue) * sequence.Items.Count);
        return new SequenceValue([.. Enumerable.Repeat(sequence.Items, (int)count).SelectMany(i => i)], sequence.Kind);
    }

    /// <summary>Python's ==.</summary>
    public static bool AreEqual(RenderContext context, JinjaValue left, JinjaValue right)
    {
        RenderBudget.EnsureStack();
        context.Budget.ChargeSteps(2);
        return (left, right) switch
        {
            _ when ReferenceEquals(left, right) => true,
            (TextValue a, TextValue b) => AreEqual(context, a.Text, b.Text),
            (UndefinedValue, UndefinedValue) => true,
            (SequenceValue a, SequenceValue b) => a.Kind == b.Kind && a.Kind != SequenceKind.Generator && a.Items.Count == b.Items.Count
                && a.Items.Zip(b.Items).All(pair => AreEqual(context, pair.First, pair.Second)),
            (MappingValue a, MappingValue b) => a.Keys.Count == b.Keys.Count
                && a.Entries.All(entry => b.Find(entry.Key) is { } other && AreEqual(context, entry.Value, other)),
            _ => KeyEquality.Instance.Equals(left, right),
        };
    }

    private static bool AreEqual(RenderContext context, string left, string right)
    {
        if (left.Length != right.Length) return false;
        context.Budget.ChargeText(left.Length);
        return left == right;
    }

    /// <summary>Python's order of numbers, texts and lists; negative when left comes first.</summary>
    public static int Compare(RenderContext context, JinjaValue left, JinjaValue right)
    {
        RenderBudget.EnsureStack();
        context.Budget.ChargeSteps(1);
        switch (left, right)
        {
            case (TextValue a, TextValue b):
                context.Budget.ChargeText(Math.Min(a.Marked.Length, b.Marked.Length));
                return CodePoints.Compare(a.Text, b.Text);
            case (SequenceValue a, SequenceValue b) when a.Kind == b.Kind && a.Kind is SequenceKind.List or SequenceKind.Tuple:
                foreach (var (x, y) in a.Items.Zip(b.Items))
                {
                    if (!AreEqual(context, x, y)) return Compare(context, x, y);
                }
                return a.Items.Count.CompareTo(b.Items.Count);
            case (UndefinedValue undefined, _): throw undefined.Failure();
            case (_, UndefinedValue undefined): throw undefined.Failure();
            default:
                return Numbers.AsFloat(left) is { } p && Numbers.AsFloat(right) is { } q
                    ? p.CompareTo(q)
                    : throw new EvaluationException($"values of the types {left.TypeName} and {right.TypeName} have no order.");
        }
    }

    /// <summary>Python's "item in container".</summary>
    public static bool Contains(RenderContext context, JinjaValue container, JinjaValue item)
    {
        switch (container)
        {
            case TextValue text:
                if (item is UndefinedValue undefined) throw undefined.Failure();
                if (item is not TextValue part) throw new EvaluationException($"'in' needs a text to look for in a text, found a value of type {item.TypeName}.");
                context.Budget.ChargeText(text.Marked.Length);
                return text.Text.Contains(part.Text, StringComparison.Ordinal);
            case MappingValue mapping:
                return KeyEquality.IsHashable(item) ? mapping.Find(item) is not null
                    : item is UndefinedValue ? false
                    : throw new EvaluationException($"a dict's key cannot be a {item.TypeName}.");
            default:
                return context.Items(container).Any(i => AreEqual(context, i, item));
        }
    }

    public static bool Holds(RenderContext context, string comparison, JinjaValue left, JinjaValue right) => comparison switch
    {
        "==" => AreEqual(context, left, right),
        "!=" => !AreEqual(context, left, right),
        "in" => Contains(context, right, left),
        "not in" => !Contains(context, right, left),
        "<" => Compare(context, left, right) < 0,
        "<=" => Compare(context, left, right) <= 0,
        ">" => Compare(context, left, right) > 0,
        _ => Compare(context, left, right) >= 0,
    };
}
