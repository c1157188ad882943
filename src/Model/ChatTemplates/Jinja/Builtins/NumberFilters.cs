using System.Globalization;
using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Builtins;

/// <summary>Filters on numbers: abs, int, float, round.</summary>
internal static class NumberFilters
{
    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, Filter>(StringComparer.Ordinal)
    {
        ["abs"] = (_, value, _) => Numbers.AsFloat(value) switch
        {
            null => throw new EvaluationException($"'abs' needs a number, found a value of type {value.TypeName}."),
            < 0 => Numbers.Negate(value),
            _ => value is BooleanValue ? JinjaValue.Of(Numbers.AsInteger(value)!.Value) : value,
        },
        ["int"] = (_, value, a) => ToInteger(value) is { } integer ? JinjaValue.Of(integer) : a.Bind("default", "base")[0] ?? JinjaValue.Of(0),
        ["float"] = (_, value, a) => (value is UndefinedValue undefined ? throw undefined.Failure() : value is TextValue text ? Numbers.ParseFloat(text.Text) : Numbers.AsFloat(value)) is { } number
            ? new FloatValue(number)
            : a.Bind("default")[0] ?? new FloatValue(0),
        ["round"] = Round,
    };

    /// <summary>Decimals of the exact binary value, as Python rounds: 2.675 is a little less than it looks, and 2.5 goes to the even 2.</summary>
    private static double RoundExact(double number, int precision)
    {
        var exact = number.ToString("F1100", CultureInfo.InvariantCulture);
        var isHalf = exact[(exact.IndexOf('.', StringComparison.Ordinal) + 1 + precision)..].TrimEnd('0') == "5";
        return isHalf
            ? Math.Round(number, precision, MidpointRounding.ToEven)
            : double.Parse(number.ToString($"F{precision}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static long? ToInteger(JinjaValue value)
    {
        if (value is UndefinedValue undefined) throw undefined.Failure();
        if (Numbers.AsInteger(value) is { } integer) return integer;
        var number = value is TextValue text ? Numbers.ParseInteger(text.Text) ?? Numbers.ParseFloat(text.Text) : Numbers.AsFloat(value);
        return number is { } x && Math.Abs(x) < long.MaxValue ? (long)Math.Truncate(x) : null;
    }

    private static JinjaValue Round(RenderContext context, JinjaValue value, Arguments arguments)
    {
        var bound = arguments.Bind("precision", "method");
        var precision = (int)Math.Clamp(bound.Integer(0, absent: 0), -15, 15);
        var method = bound.OptionalText(1)?.Text ?? "common";
        if (Numbers.AsFloat(value) is not { } number) throw new EvaluationException($"'round' needs a number, found a value of type {value.TypeName}.");
        var scale = Math.Pow(10, precision);
        switch (method)
        {
            case "common" when Numbers.AsInteger(value) is { } integer && precision >= 0: return JinjaValue.Of(integer);
            case "common" when Numbers.AsInteger(value) is not null: return JinjaValue.Of((long)(Math.Round(number * scale, MidpointRounding.ToEven) / scale));
            case "common" when precision >= 0 && double.IsFinite(number): return new FloatValue(RoundExact(number, precision));
            case "common": return new FloatValue(Math.Round(number * scale, MidpointRounding.ToEven) / scale);
            case "ceil": return new FloatValue(Math.Ceiling(number * scale) / scale);
            case "floor": return new FloatValue(Math.Floor(number * scale) / scale);
            default: throw new EvaluationException($"'round' knows the methods common, ceil and floor, found '{method}'.");
        }
    }
}
