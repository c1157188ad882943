using System.Text.Json;

namespace ChatLoop.Gold.Bench;

/// <summary>The comparison's results' file, a line of JSON for each cell, and the page that is made of it.</summary>
internal sealed class ModelBasedResults
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly string _path;
    private readonly string _page;
    private readonly List<ModelBasedCell> _cells = [];

    public ModelBasedResults(string folder)
    {
        (_path, _page) = (Path.Combine(folder, "model-based.jsonl"), Path.Combine(folder, "model-based.md"));
        if (File.Exists(_path)) _cells.AddRange(File.ReadLines(_path).Select(line => JsonSerializer.Deserialize<ModelBasedCell>(line, Json)!));
    }

    public bool Contains(string gold, int labels, int seed) => _cells.Exists(c => c.IsOf(gold, labels, seed));

    public void Add(IReadOnlyList<ModelBasedCell> cells)
    {
        _cells.AddRange(cells);
        File.AppendAllLines(_path, cells.Select(c => JsonSerializer.Serialize(c, Json)));
        File.WriteAllText(_page, ModelBasedReport.Markdown(_cells));
        foreach (var cell in cells) Console.WriteLine(cell);
    }
}
