using System.Globalization;
using System.Text;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>Python's str() and repr().</summary>
internal static class PythonText
{
    public static MarkedText Of(JinjaValue value, RenderBudget budget) => value switch
    {
        TextValue text => text.Marked,
        UndefinedValue => MarkedText.Empty,
        _ => MarkedText.Plain(Representation(value, budget)),
    };

    public static string Representation(JinjaValue value, RenderBudget budget)
    {
        var text = new StringBuilder();
        Append(text, value, budget);
        return text.ToString();
    }

    private static void Append(StringBuilder text, JinjaValue value, RenderBudget budget)
    {
        RenderBudget.EnsureStack();
        budget.ChargeSteps(1);
        budget.ChargeText(text.Length);
        switch (value)
        {
            case NoneValue: text.Append("None"); break;
            case UndefinedValue: text.Append("Undefined"); break;
            case BooleanValue: text.Append(value.IsTrue ? "True" : "False"); break;
            case IntegerValue integer: text.Append(integer); break;
            case FloatValue number: text.Append(Float(number.Value)); break;
            case TextValue quoted: AppendQuoted(text, quoted.Text); break;
            case SequenceValue { Kind: SequenceKind.Tuple, Items: [var only] }:
                text.Append('(');
                Append(text, only, budget);
                text.Append(",)");
                break;
            case SequenceValue { Kind: SequenceKind.Tuple } tuple: AppendItems(text, '(', tuple.Items, ')', budget); break;
            case SequenceValue { Kind: SequenceKind.Range } range: text.Append(CultureInfo.InvariantCulture, $"range({Bounds(range.Items)})"); break;
            case SequenceValue { Kind: SequenceKind.List } list: AppendItems(text, '[', list.Items, ']', budget); break;
            case MappingValue mapping: AppendMapping(text, mapping, budget); break;
            default: text.Append(CultureInfo.InvariantCulture, $"<{value.TypeName}>"); break;
        }
    }

    private static void AppendItems(StringBuilder text, char open, IReadOnlyList<JinjaValue> items, char close, RenderBudget budget)
    {
        text.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) text.Append(", ");
            Append(text, items[i], budget);
        }
        text.Append(close);
    }

    private static void AppendMapping(StringBuilder text, MappingValue mapping, RenderBudget budget)
    {
        text.Append('{');
        var isFirst = true;
        foreach (var (key, value) in mapping.Entries)
        {
            if (!isFirst) text.Append(", ");
            isFirst = false;
            Append(text, key, budget);
            text.Append(": ");
            Append(text, value, budget);
        }
        text.Append('}');
    }

    private static string Bounds(IReadOnlyList<JinjaValue> items)
    {
        if (items.Count == 0) return "0, 0";
        var (first, last) = (((IntegerValue)items[0]).Value, ((IntegerValue)items[^1]).Value);
        var step = items.Count > 1 ? ((IntegerValue)items[1]).Value - first : 1;
        return string.Create(CultureInfo.InvariantCulture, $"{first}, {last + step}{(step == 1 ? "" : $", {step}")}");
    }

    /// <summary>The shortest digits that give the same number; with an exponent below 1e-4 and from 1e16.</summary>
    public static string Float(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        var scientific = value.ToString("E16", CultureInfo.InvariantCulture);
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var exponent = value == 0 ? 0 : int.Parse(scientific[(scientific.IndexOf('E', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
        var sign = double.IsNegative(value) ? "-" : "";
        var mantissa = shortest.TrimStart('-').Split('E')[0];
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('0').TrimEnd('0');
        if (digits.Length == 0) return sign + "0.0";
        if (exponent is < -4 or >= 16)
        {
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)}";
        }
        if (exponent < 0) return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        var whole = digits.PadRight(exponent + 1, '0');
        return $"{sign}{whole[..(exponent + 1)]}.{(whole.Length > exponent + 1 ? whole[(exponent + 1)..] : "0")}";
    }

    private static void AppendQuoted(StringBuilder text, string value)
    {
        var quote = value.Contains('\'') && !value.Contains('"') ? '"' : '\'';
        text.Append(quote);
        foreach (var rune in value.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case '\\': text.Append("\\\\"); break;
                case var c when c == quote: text.Append('\\').Append(quote); break;
                case var c when IsPrintable(rune): text.Append(rune); break;
                case < 0x100: text.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"); break;
                case < 0x10000: text.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"); break;
                default: text.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"); break;
            }
        }
        text.Append(quote);
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
