namespace ChatLoop.Gold.Bench;

/// <summary>The comparison's results, and the page that is made of them.</summary>
internal sealed class ModelBasedResults(string folder)
{
    private readonly ResultLines<ModelBasedCell> _lines = new(Path.Combine(folder, "model-based.jsonl"));

    public bool Contains(string gold, int labels, int seed) => _lines.Known.Any(c => c.IsOf(gold, labels, seed));

    public void Add(IReadOnlyList<ModelBasedCell> cells)
    {
        _lines.Add(cells);
        File.WriteAllText(Path.Combine(folder, "model-based.md"), ModelBasedReport.Markdown(_lines.Known));
        foreach (var cell in cells) Console.WriteLine(cell);
    }
}
