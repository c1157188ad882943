using System.Globalization;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>Python's arithmetic of int (here 64 bits; more is an error), bool (0 and 1) and float.</summary>
internal static class Numbers
{
    public static long? AsInteger(JinjaValue value) => value switch
    {
        IntegerValue integer => integer.Value,
        BooleanValue => value.IsTrue ? 1 : 0,
        _ => null,
    };

    public static double? AsFloat(JinjaValue value) => value is FloatValue number ? number.Value : AsInteger(value);

    /// <summary>Null when one of them is not a number.</summary>
    public static JinjaValue? Calculate(string operation, JinjaValue left, JinjaValue right)
    {
        try
        {
            if (AsInteger(left) is { } a && AsInteger(right) is { } b) return OfIntegers(operation, a, b);
            return AsFloat(left) is { } x && AsFloat(right) is { } y ? new FloatValue(OfFloats(operation, x, y)) : null;
        }
        catch (OverflowException)
        {
            throw new EvaluationException($"the result of '{operation}' does not fit 64 bits.");
        }
    }

    private static JinjaValue OfIntegers(string operation, long a, long b) => operation switch
    {
        "+" => JinjaValue.Of(checked(a + b)),
        "-" => JinjaValue.Of(checked(a - b)),
        "*" => JinjaValue.Of(checked(a * b)),
        "/" => new FloatValue(OfFloats(operation, a, b)),
        "//" => JinjaValue.Of(FloorDivide(a, b)),
        "%" => JinjaValue.Of(checked(a - FloorDivide(a, b) * b)),
        _ => b < 0 ? new FloatValue(Math.Pow(a, b)) : JinjaValue.Of(Power(a, b)),
    };

    private static double OfFloats(string operation, double x, double y)
    {
        if (operation is "/" or "//" or "%" && y == 0) throw DivisionByZero();
        return operation switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "/" => x / y,
            "//" => Math.Floor(x / y),
            "%" => x % y is var rest && rest != 0 && rest < 0 != y < 0 ? rest + y : rest,
            _ => Math.Pow(x, y),
        };
    }

    private static long FloorDivide(long a, long b)
    {
        if (b == 0) throw DivisionByZero();
        var quotient = checked(a / b);
        return a % b != 0 && a < 0 != b < 0 ? quotient - 1 : quotient;
    }

    private static long Power(long value, long exponent)
    {
        if (value is 0 or 1) return exponent == 0 ? 1 : value;
        if (value == -1) return exponent % 2 == 0 ? 1 : -1;
        var result = 1L;
        for (; exponent > 0; exponent--) result = checked(result * value);
        return result;
    }

    public static JinjaValue Negate(JinjaValue value) => value switch
    {
        FloatValue number => new FloatValue(-number.Value),
        _ when AsInteger(value) is { } integer => Calculate("-", JinjaValue.Of(0), JinjaValue.Of(integer))!,
        UndefinedValue undefined => throw undefined.Failure(),
        _ => throw new EvaluationException($"'-' needs a number, found a value of type {value.TypeName}."),
    };

    /// <summary>Python's int(text); null when it is not an integer.</summary>
    public static long? ParseInteger(string text) =>
        long.TryParse(text.Trim(PythonSpace.All), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Python's float(text); null when it is not a number.</summary>
    public static double? ParseFloat(string text)
    {
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text.Trim(PythonSpace.All), style, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    private static EvaluationException DivisionByZero() => new("division by zero.");
}
