using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatLoop.Gold.Bench;

/// <summary>The results' file: a line of JSON for each cell, written as soon as it is known, so that a study can go on another day.</summary>
internal sealed class GoldResults
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly string _path;
    private readonly List<GoldCell> _cells = [];

    public GoldResults(string path)
    {
        _path = path;
        if (File.Exists(path)) _cells.AddRange(File.ReadLines(path).Select(line => JsonSerializer.Deserialize<GoldCell>(line, Json)!));
    }

    public IReadOnlyList<GoldCell> Cells => _cells;

    public bool Contains(GoldCell cell) => _cells.Exists(cell.IsSameAs);

    public void Add(GoldCell cell)
    {
        _cells.Add(cell);
        File.AppendAllText(_path, JsonSerializer.Serialize(cell, Json) + "\n");
        Console.WriteLine($"{cell.Gold} seed {cell.Seed}, {cell.Labels} labels, {cell.Algorithm}: wins {cell.WinRate:P1}, gain {cell.Gain:0.00}, KL {cell.Kl:0.0}, "
            + $"length {cell.Length:0.00}, accuracy {cell.Accuracy:P0}, {(cell.Passed ? "passed" : $"stopped by {cell.StoppedBy}")}; "
            + $"{cell.RewardModelSeconds:0} + {cell.PolicySeconds:0} s");
    }
}
