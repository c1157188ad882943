using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>Python's value[start:stop:step]; negative places count from the end.</summary>
internal static class Slicing
{
    public static JinjaValue Apply(RenderContext context, JinjaValue value, JinjaValue? start, JinjaValue? stop, JinjaValue? step)
    {
        var by = Place(step) ?? 1;
        if (by == 0) throw new EvaluationException("a slice's step cannot be zero.");
        switch (value)
        {
            case TextValue text:
                context.Budget.ChargeText(text.Marked.Length);
                if (by == 1) return OfText(text.Marked, Place(start), Place(stop));
                var characters = CodePoints.Split(text.Marked);
                context.Budget.ChargeSteps(characters.Count);
                return new TextValue(MarkedText.Concat(Places(characters.Count, Place(start), Place(stop), by).Select(i => characters[i])));
            case SequenceValue { HasElements: true } sequence:
                context.Budget.ChargeSteps(sequence.Items.Count);
                return new SequenceValue([.. Places(sequence.Items.Count, Place(start), Place(stop), by).Select(i => sequence.Items[i])],
                    sequence.Kind == SequenceKind.Tuple ? SequenceKind.Tuple : SequenceKind.List);
            case UndefinedValue undefined: throw undefined.Failure();
            default: throw new EvaluationException($"a value of type {value.TypeName} cannot be sliced; expected a text or a list.");
        }
    }

    private static TextValue OfText(MarkedText text, long? start, long? stop)
    {
        var count = CodePoints.Count(text.Text);
        var (from, to) = ((int)Clamp(start ?? 0, count, 0, count), (int)Clamp(stop ?? count, count, 0, count));
        if (from >= to) return TextValue.Empty;
        var offset = CodePoints.OffsetOf(text.Text, from);
        return new(text.Slice(offset, CodePoints.OffsetOf(text.Text, to) - offset));
    }

    private static IEnumerable<int> Places(int count, long? start, long? stop, long step)
    {
        if (step > 0)
        {
            var end = Clamp(stop ?? count, count, 0, count);
            for (var i = Clamp(start ?? 0, count, 0, count); i < end; i += Math.Min(step, count)) yield return (int)i;
        }
        else
        {
            var end = stop is null ? -1 : Clamp(stop.Value, count, -1, count - 1);
            for (var i = Clamp(start ?? count - 1, count, -1, count - 1); i > end; i += Math.Max(step, -count)) yield return (int)i;
        }
    }

    private static long Clamp(long place, int count, long lowest, long highest) => Math.Clamp(place < 0 ? place + count : place, lowest, highest);

    private static long? Place(JinjaValue? value) => value switch
    {
        null or NoneValue => null,
        UndefinedValue undefined => throw undefined.Failure(),
        _ => Numbers.AsInteger(value) ?? throw new EvaluationException($"a slice needs integers, found a value of type {value.TypeName}."),
    };
}
