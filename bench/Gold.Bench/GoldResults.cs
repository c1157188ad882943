namespace ChatLoop.Gold.Bench;

/// <summary>The grid's results.</summary>
internal sealed class GoldResults(string path)
{
    private readonly ResultLines<GoldCell> _lines = new(path);

    public IReadOnlyList<GoldCell> Cells => _lines.Known;

    public bool Contains(GoldCell cell) => Cells.Any(cell.IsSameAs);

    public void Add(GoldCell cell)
    {
        _lines.Add(cell);
        Console.WriteLine($"{cell.Gold} seed {cell.Seed}, {cell.Labels} labels, {cell.Algorithm}: wins {cell.WinRate:P1}, gain {cell.Gain:0.00}, KL {cell.Kl:0.0}, "
            + $"length {cell.Length:0.00}, accuracy {cell.Accuracy:P0}, {(cell.Passed ? "passed" : $"stopped by {cell.StoppedBy}")}; "
            + $"{cell.RewardModelSeconds:0} + {cell.PolicySeconds:0} s");
    }
}
