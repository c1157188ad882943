namespace ChatLoop.Trainer.Corpus;

/// <summary>Sums whose numbers a rule draws: <c>a</c>, <c>b</c>, <c>result</c>, and the numbers in words.</summary>
public sealed class ArithmeticRule(char operation, Func<Random, (int A, int B)> draw) : IFactSource
{
    public const string OperationColumn = "operation";

    public IReadOnlyDictionary<string, string> Draw(Random random)
    {
        var (a, b) = draw(random);
        return Facts(a, b);
    }

    internal Dictionary<string, string> Facts(int a, int b) => new(StringComparer.Ordinal)
    {
        [OperationColumn] = operation.ToString(),
        ["a"] = $"{a}",
        ["b"] = $"{b}",
        ["result"] = $"{Result(a, b)}",
        ["aword"] = NumberWords.Write(a),
        ["bword"] = NumberWords.Write(b),
    };

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
        ["adding-on"] = new RunningTotal(new ArithmeticRule('+', r => (r.Next(1, 100), r.Next(1, 21))), _ => 20),
        ["taking-away"] = new RunningTotal(new ArithmeticRule('-', r => (r.Next(20, 100), r.Next(1, 21))), total => Math.Min(total, 20)),
        ["large"] = new ArithmeticRule('*', r => (r.Next(200, 100_000), r.Next(12, 100_000))),
    };

    private static (int, int) Descending(int a, int b) => a >= b ? (a, b) : (b, a);
}

/// <summary>Sums that go on from the result of the turn before: "and 5 more?" after 7 + 8 is 15 + 5.</summary>
/// <param name="most">The largest number to go on by from a total.</param>
public sealed class RunningTotal(ArithmeticRule rule, Func<int, int> most) : IFactSource
{
    private const int LargestTotal = 99;

    public IReadOnlyDictionary<string, string> Draw(Random random) => rule.Draw(random);

    public IReadOnlyDictionary<string, string>? DrawAfter(IReadOnlyDictionary<string, string> previous, Random random) =>
        previous.TryGetValue("result", out var text) && int.TryParse(text, out var total) && total is > 0 and <= LargestTotal
            ? rule.Facts(total, random.Next(1, most(total) + 1))
            : null;
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
