namespace ChatLoop.Trainer.Statistics;

/// <summary>
/// Which of many tests to believe (Benjamini and Hochberg 1995): with the p-values in order, p(1) to p(m), all up to the last
/// p(i) that is at most i / m times the rate. Of those believed, that share is expected to be luck.
/// </summary>
public static class FalseDiscoveryRate
{
    /// <returns>Indices of the tests that are believed.</returns>
    public static IReadOnlySet<int> Believed(IReadOnlyList<double> probabilities, double rate)
    {
        int[] order = [.. Enumerable.Range(0, probabilities.Count).OrderBy(i => probabilities[i])];
        var count = Enumerable.Range(1, order.Length).LastOrDefault(i => probabilities[order[i - 1]] <= rate * i / order.Length);
        return order.Take(count).ToHashSet();
    }
}
