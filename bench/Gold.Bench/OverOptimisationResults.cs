using System.Text.Json.Serialization;

namespace ChatLoop.Gold.Bench;

/// <summary>The policy before an iteration.</summary>
/// <param name="Kl">To the start, nats per answer.</param>
/// <param name="Score">The reward model's, in deviations of the start's answers.</param>
/// <param name="WinRate">Against the start by the hidden preference.</param>
/// <param name="Gain">Of the hidden preference's score, in deviations of the start's answers.</param>
internal sealed record OverOptimisationPoint(double Kl, double Score, double WinRate, double Gain);

/// <summary>One climb, a line of the results' file.</summary>
internal sealed record OverOptimisationCurve(string Gold, int Labels, int Seed, string Settings, IReadOnlyList<OverOptimisationPoint> Points)
{
    /// <summary>Win rates of 300 prompts deviate by 2 to 3 points: the mean of three in a row.</summary>
    private const int Smoothed = 3;

    /// <summary>The points from the third on, with the win rate over them and the two before.</summary>
    [JsonIgnore]
    public IReadOnlyList<(OverOptimisationPoint Point, double WinRate)> Smooth => [.. Points.Skip(Smoothed - 1)
        .Select((point, i) => (point, Points.Skip(i).Take(Smoothed).Average(p => p.WinRate)))];

    public bool IsOf(string gold, int labels, int seed) => (Gold, Labels, Seed) == (gold, labels, seed);
}

/// <summary>The curves, and the page that is made of them.</summary>
internal sealed class OverOptimisationResults(string folder)
{
    private readonly ResultLines<OverOptimisationCurve> _lines = new(Path.Combine(folder, "over-optimisation.jsonl"));

    public bool Contains(string gold, int labels, int seed) => _lines.Known.Any(c => c.IsOf(gold, labels, seed));

    public void Add(OverOptimisationCurve curve)
    {
        _lines.Add(curve);
        File.WriteAllText(Path.Combine(folder, "over-optimisation.md"), OverOptimisationReport.Markdown(_lines.Known));
        File.WriteAllText(Path.Combine(folder, "over-optimisation.svg"), GoldChart.Svg(_lines.Known));
        var smooth = curve.Smooth;
        Console.WriteLine($"{curve.Gold} seed {curve.Seed}, {curve.Labels} labels, {curve.Settings}: "
            + $"peak {smooth.Max(s => s.WinRate):P1}, end {smooth[^1].WinRate:P1}, KL {smooth[^1].Point.Kl:0.0}");
    }
}
