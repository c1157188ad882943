using System.Globalization;

namespace ChatLoop.Trainer.Corpus;

/// <summary>
/// Conversions between two units of units.tsv, from the larger to the smaller or back, always with a whole result: <c>amount</c>
/// ("3 metres"), <c>amountword</c> ("three metres"), <c>from</c> ("metres"), <c>into</c> ("centimetres"), <c>equal</c> ("300 centimetres"),
/// <c>value</c> ("300"), and the verbs that agree with them.
/// </summary>
public sealed class UnitRule : IFactSource
{
    public const string AmountColumn = "amount";
    private const int MostWhenTens = 20;
    private const int MostElse = 10;
    private const int BackwardsOneIn = 4;

    private readonly IReadOnlyList<Pair> _pairs;

    /// <param name="units">Rows with the columns large, larges, small, smalls and factor.</param>
    public UnitRule(FactTable units)
    {
        _pairs = [.. units.Rows.Select(r => new Pair(
            new(r["large"], r["larges"]), new(r["small"], r["smalls"]), int.Parse(r["factor"], CultureInfo.InvariantCulture)))];
    }

    public IReadOnlyDictionary<string, string> Draw(Random random) =>
        Facts(_pairs[random.Next(_pairs.Count)], random.Next(BackwardsOneIn) == 0, random);

    /// <summary>The same two units in the same direction, another number.</summary>
    public IReadOnlyDictionary<string, string>? DrawAfter(IReadOnlyDictionary<string, string> previous, Random random)
    {
        if (!previous.TryGetValue("into", out var into) || !previous.TryGetValue("from", out var from)) return null;
        var backwards = _pairs.FirstOrDefault(p => p.Small.Many == from && p.Large.Many == into);
        var pair = backwards ?? _pairs.First(p => p.Large.Many == from && p.Small.Many == into);
        return Facts(pair, backwards is not null, random);
    }

    /// <summary>What each unit measures: <c>a</c> ("a metre"), <c>many</c> ("metres"), <c>kind</c> ("length").</summary>
    public static FactTable Kinds(FactTable units) => new([.. units.Rows
        .SelectMany(r => new[] { (Kind: r["kind"], Unit: new Unit(r["large"], r["larges"])), (Kind: r["kind"], Unit: new Unit(r["small"], r["smalls"])) })
        .Distinct()
        .Select(u => new Dictionary<string, string>(StringComparer.Ordinal) { ["a"] = u.Unit.InWords(1), ["many"] = u.Unit.Many, ["kind"] = u.Kind })]);

    private static Dictionary<string, string> Facts(Pair pair, bool backwards, Random random)
    {
        var number = random.Next(1, (pair.Factor is 10 or 100 or 1000 ? MostWhenTens : MostElse) + 1);
        var (large, small) = ((pair.Large, Number: number), (pair.Small, Number: number * pair.Factor));
        var ((from, amount), (into, value)) = backwards ? (small, large) : (large, small);
        return new(StringComparer.Ordinal)
        {
            [AmountColumn] = from.Of(amount),
            ["amountword"] = from.InWords(amount),
            ["from"] = from.Many,
            ["into"] = into.Many,
            ["equal"] = into.Of(value),
            ["value"] = $"{value}",
            ["be"] = amount == 1 ? "is" : "are",
            ["make"] = amount == 1 ? "makes" : "make",
            ["there"] = value == 1 ? "there is" : "there are",
        };
    }

    private sealed record Unit(string One, string Many)
    {
        public string Of(int number) => $"{number} {(number == 1 ? One : Many)}";

        public string InWords(int number) => number == 1
            ? $"{(One == "hour" || "aeiou".Contains(One[0], StringComparison.Ordinal) ? "an" : "a")} {One}"
            : $"{NumberWords.Write(number)} {Many}";
    }

    private sealed record Pair(Unit Large, Unit Small, int Factor);
}
