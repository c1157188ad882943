using System.Globalization;
using System.Text;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>Python's json.dumps, spaces included: models saw tools written so.</summary>
/// <param name="Indent">Null writes one line.</param>
internal sealed record JsonText(bool AsciiOnly, string? Indent, string ItemSeparator, string KeySeparator, bool SortKeys, RenderBudget Budget)
{
    public string Write(JinjaValue value)
    {
        var text = new StringBuilder();
        Append(text, value, "\n");
        return text.ToString();
    }

    private void Append(StringBuilder text, JinjaValue value, string newLine)
    {
        RenderBudget.EnsureStack();
        Budget.ChargeSteps(1);
        switch (value)
        {
            case NoneValue: text.Append("null"); break;
            case BooleanValue: text.Append(value.IsTrue ? "true" : "false"); break;
            case IntegerValue integer: text.Append(integer); break;
            case FloatValue number: text.Append(Number(number.Value)); break;
            case TextValue quoted: AppendQuoted(text, quoted.Text); break;
            case SequenceValue { Kind: SequenceKind.List or SequenceKind.Tuple } sequence:
                AppendBlock(text, '[', sequence.Items, (item, inner) => Append(text, item, inner), ']', newLine);
                break;
            case MappingValue mapping: AppendMapping(text, mapping, newLine); break;
            default: throw new EvaluationException($"a value of type {value.TypeName} cannot be written as JSON.");
        }
    }

    private void AppendMapping(StringBuilder text, MappingValue mapping, string newLine)
    {
        List<(string Key, JinjaValue Value)> entries = [.. mapping.Entries.Select(e => (Key(e.Key), e.Value))];
        if (SortKeys) entries.Sort((a, b) => CodePoints.Compare(a.Key, b.Key));
        AppendBlock(text, '{', entries, (entry, inner) =>
        {
            AppendQuoted(text, entry.Key);
            text.Append(KeySeparator);
            Append(text, entry.Value, inner);
        }, '}', newLine);
    }

    private void AppendBlock<T>(StringBuilder text, char open, IReadOnlyList<T> items, Action<T, string> append, char close, string newLine)
    {
        text.Append(open);
        var inner = newLine + Indent;
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) text.Append(ItemSeparator);
            if (Indent is not null) text.Append(inner);
            Budget.ChargeText(inner.Length);
            append(items[i], inner);
        }
        if (Indent is not null && items.Count > 0) text.Append(newLine);
        text.Append(close);
    }

    private string Key(JinjaValue key) => key switch
    {
        TextValue text => text.Text,
        NoneValue => "null",
        BooleanValue => key.IsTrue ? "true" : "false",
        FloatValue number => Number(number.Value),
        IntegerValue integer => integer.ToString(),
        _ => throw new EvaluationException($"a key of type {key.TypeName} cannot be written as JSON."),
    };

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        double.NaN => "NaN",
        _ => PythonText.Float(value),
    };

    private void AppendQuoted(StringBuilder text, string value)
    {
        Budget.ChargeText(text.Length + value.Length);
        text.Append('"');
        foreach (var character in value)
        {
            switch (character)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case '\f': text.Append("\\f"); break;
                case '\b': text.Append("\\b"); break;
                case var c when c < ' ' || AsciiOnly && c > '~': text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"); break;
                default: text.Append(character); break;
            }
        }
        text.Append('"');
    }
}
