using System.Text.Json;
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

    [JsonIgnore]
    public IReadOnlyList<double> Smooth => [.. Enumerable.Range(Smoothed - 1, Math.Max(0, Points.Count - Smoothed + 1))
        .Select(i => Points.Skip(i - Smoothed + 1).Take(Smoothed).Average(p => p.WinRate))];

    public bool IsOf(string gold, int labels, int seed) => (Gold, Labels, Seed) == (gold, labels, seed);
}

/// <summary>The curves' file, and the page that is made of it.</summary>
internal sealed class OverOptimisationResults
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly string _folder;
    private readonly List<OverOptimisationCurve> _curves = [];

    public OverOptimisationResults(string folder)
    {
        _folder = folder;
        if (File.Exists(Lines)) _curves.AddRange(File.ReadLines(Lines).Select(line => JsonSerializer.Deserialize<OverOptimisationCurve>(line, Json)!));
    }

    private string Lines => Path.Combine(_folder, "over-optimisation.jsonl");

    public bool Contains(string gold, int labels, int seed) => _curves.Exists(c => c.IsOf(gold, labels, seed));

    public void Add(OverOptimisationCurve curve)
    {
        _curves.Add(curve);
        File.AppendAllLines(Lines, [JsonSerializer.Serialize(curve, Json)]);
        File.WriteAllText(Path.Combine(_folder, "over-optimisation.md"), OverOptimisationReport.Markdown(_curves));
        File.WriteAllText(Path.Combine(_folder, "over-optimisation.svg"), GoldChart.Svg(_curves));
        Console.WriteLine($"{curve.Gold} seed {curve.Seed}, {curve.Labels} labels, {curve.Settings}: peak {curve.Smooth.Max():P1}, end {curve.Smooth[^1]:P1}, KL {curve.Points[^1].Kl:0.0}");
    }
}
