namespace ChatLoop.Model.ChatTemplates.Jinja.Values;

/// <summary>Python's equality of values that can be keys: 1, 1.0 and true are one key, texts compare by characters.</summary>
internal sealed class KeyEquality : IEqualityComparer<JinjaValue>
{
    public static KeyEquality Instance { get; } = new();

    public static bool IsHashable(JinjaValue value) => value is TextValue or IntegerValue or FloatValue or BooleanValue or NoneValue
        || value is SequenceValue { Kind: SequenceKind.Tuple } tuple && tuple.Items.All(i => i is not SequenceValue && IsHashable(i));

    public bool Equals(JinjaValue? x, JinjaValue? y) => (x, y) switch
    {
        (TextValue a, TextValue b) => a.Text == b.Text,
        (NoneValue, NoneValue) => true,
        (SequenceValue a, SequenceValue b) => a.Items.SequenceEqual(b.Items, this),
        (not null, not null) when Number(x) is { } a && Number(y) is { } b => a.Equals(b),
        _ => false,
    };

    public int GetHashCode(JinjaValue value) => value switch
    {
        TextValue text => text.Text.GetHashCode(StringComparison.Ordinal),
        SequenceValue tuple => tuple.Items.Aggregate(tuple.Items.Count, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
        _ => Number(value).GetHashCode(),
    };

    private static double? Number(JinjaValue value) => value switch
    {
        IntegerValue i => i.Value,
        FloatValue f => f.Value,
        BooleanValue b => b.IsTrue ? 1 : 0,
        _ => null,
    };
}
