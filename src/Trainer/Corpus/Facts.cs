using System.Collections.ObjectModel;

namespace ChatLoop.Trainer.Corpus;

/// <summary>Draws the values that fill an intent's templates.</summary>
public interface IFactSource
{
    IReadOnlyDictionary<string, string> Draw(Random random);
}

/// <summary>A table whose column headers are the values' names.</summary>
public sealed class FactTable(IReadOnlyList<IReadOnlyDictionary<string, string>> rows) : IFactSource
{
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Rows { get; } = rows;

    public IReadOnlyDictionary<string, string> Draw(Random random) => Rows[random.Next(Rows.Count)];

    /// <summary>Tab-separated lines; the first one holds the headers.</summary>
    public static FactTable FromTsv(IEnumerable<string> lines)
    {
        var cells = lines.Where(l => l.Length > 0).Select(l => l.Split('\t')).ToList();
        return new([.. cells.Skip(1).Select(row => new ReadOnlyDictionary<string, string>(
            cells[0].Zip(row).ToDictionary(c => c.First, c => c.Second, StringComparer.Ordinal)))]);
    }

    /// <summary>One column of space-separated words.</summary>
    public static FactTable FromWords(string column, string words) =>
        new([.. words.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .Select(word => new Dictionary<string, string>(StringComparer.Ordinal) { [column] = word })]);
}

/// <summary>Sums whose numbers a rule draws: <c>a</c>, <c>b</c>, <c>result</c>, and the numbers in words.</summary>
public sealed class ArithmeticRule(char operation, Func<Random, (int A, int B)> draw) : IFactSource
{
    public const string OperationColumn = "operation";

    public IReadOnlyDictionary<string, string> Draw(Random random)
    {
        var (a, b) = draw(random);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [OperationColumn] = operation.ToString(),
            ["a"] = $"{a}",
            ["b"] = $"{b}",
            ["result"] = $"{Result(a, b)}",
            ["aword"] = NumberWords.Write(a),
            ["bword"] = NumberWords.Write(b),
        };
    }

    /// <summary>Whether these facts are an addition or subtraction with a number above 20, rather than one to know by heart.</summary>
    public static bool IsBeyond20(IReadOnlyDictionary<string, string> facts) =>
        facts.TryGetValue(OperationColumn, out var operation) && operation is "+" or "-"
        && (int.Parse(facts["a"]) > 20 || int.Parse(facts["b"]) > 20 || int.Parse(facts["result"]) > 20);

    private long Result(int a, int b) => operation switch
    {
        '+' => a + b,
        '-' => a - b,
        '*' => (long)a * b,
        _ => throw new InvalidOperationException($"Unknown operation '{operation}'."),
    };

    /// <summary>The rules by the names that the grammar uses.</summary>
    public static IReadOnlyDictionary<string, IFactSource> All { get; } = new Dictionary<string, IFactSource>(StringComparer.Ordinal)
    {
        ["addition-to-20"] = new ArithmeticRule('+', r => (r.Next(21), r.Next(21)) is var (a, b) && a + b <= 20 ? (a, b) : (20 - a, 20 - b)),
        ["subtraction-to-20"] = new ArithmeticRule('-', r => Descending(r.Next(21), r.Next(21))),
        ["addition-to-99"] = new ArithmeticRule('+', r => (r.Next(1, 100), r.Next(1, 100))),
        ["subtraction-to-99"] = new ArithmeticRule('-', r => Descending(r.Next(1, 100), r.Next(1, 100))),
        ["multiplication"] = new ArithmeticRule('*', r => (r.Next(11), r.Next(11))),
        ["large"] = new ArithmeticRule('*', r => (r.Next(200, 100_000), r.Next(12, 100_000))),
    };

    private static (int, int) Descending(int a, int b) => a >= b ? (a, b) : (b, a);
}

/// <summary>English number words for 0 to 99; larger numbers stay digits.</summary>
public static class NumberWords
{
    private static readonly string[] Small =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
        "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ];

    private static readonly string[] Tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    public static string Write(int number) => number switch
    {
        >= 0 and < 20 => Small[number],
        >= 20 and < 100 when number % 10 == 0 => Tens[number / 10],
        >= 20 and < 100 => $"{Tens[number / 10]}-{Small[number % 10]}",
        _ => $"{number}",
    };
}
