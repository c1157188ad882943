namespace ChatLoop.Trainer.Statistics;

/// <summary>
/// Whether several of many independent tests are improbable together, where it is not known which or how many (Berk and Jones 1979,
/// "Goodness-of-fit test statistics that dominate the Kolmogorov statistics"; Donoho and Jin 2004 on few among many). Where no test has
/// anything to find, its p-value is at most t with probability at most t, so at least k of m are at most the k-th smallest, p(k), with
/// probability <c>B(k) = P(Bin(m, p(k)) >= k)</c>; B(k) is uniform for each k, and by Bonferroni over k the least of them is at most a with
/// probability at most m a.
/// </summary>
public static class SharedExcess
{
    /// <param name="chances">p-values, one for each test.</param>
    /// <param name="atLeast">Fewer tests than this are not "several".</param>
    /// <returns>How many of the smallest p-values it takes, and the bound min(1, m min B(k)); count 0 where there are too few tests.</returns>
    public static (int Count, double Chance) Of(IReadOnlyList<double> chances, int atLeast)
    {
        double[] sorted = [.. chances.Order()];
        var best = (Count: 0, Chance: 1.0);
        for (var k = Math.Max(1, atLeast); k <= sorted.Length; k++)
        {
            // No more of them than chance alone brings: nothing to see, and most tests end here.
            if (k <= sorted.Length * sorted[k - 1]) continue;
            var chance = sorted.Length * BinomialTest.ChanceOfAtLeast(k, sorted.Length, sorted[k - 1]);
            if (chance < best.Chance) best = (k, chance);
        }
        return best;
    }
}
