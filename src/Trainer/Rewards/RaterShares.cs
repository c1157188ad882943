using ChatLoop.Contracts.Checkpoints;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Bounds what one person can weigh among several. The weights above a level c are cut to it, with c such that none is more than the
/// share s of what is left: of n people sorted by weight the k heaviest are cut, <c>c = s (k c + rest)</c>, so
/// <c>c = s rest / (1 - s k)</c>. Two people cannot each have a fifth: of fewer than 2 / s people one may have up to 2 / n, twice an even share.
/// </summary>
public static class RaterShares
{
    /// <param name="weights">One for each person, not negative.</param>
    /// <param name="largestShare">s, in (0, 1]; 1 bounds nothing.</param>
    /// <returns>In the order of the weights, each at most as large as before.</returns>
    public static IReadOnlyList<double> Bound(IReadOnlyList<double> weights, double largestShare)
    {
        double[] heaviest = [.. weights.Where(w => w > 0).OrderDescending()];
        if (heaviest.Length == 0) return weights;
        var share = Math.Max(largestShare, 2.0 / heaviest.Length);
        var (cut, rest) = (0, heaviest.Sum());
        var level = double.PositiveInfinity;
        // Ends before all are cut: with s (k + 1) >= 1 the level is at least all that is left.
        while (cut < heaviest.Length && share * (cut + 1) < 1 + 1e-12 && heaviest[cut] > LevelOf(cut, rest))
        {
            rest -= heaviest[cut++];
            level = LevelOf(cut, rest);
        }
        return double.IsInfinity(level) ? weights : [.. weights.Select(w => Math.Min(w, level))];

        double LevelOf(int count, double left) => share * count < 1 ? share * left / (1 - share * count) : left;
    }

    /// <summary>What the bound left of each person's weight among the comparisons.</summary>
    /// <param name="bounded">Weighed with the bound.</param>
    /// <param name="unbounded">The same judgements, weighed without it.</param>
    /// <returns>Null where no comparison has any weight.</returns>
    public static RaterInfluence? Influence(IReadOnlyList<Judgement> bounded, IReadOnlyList<Judgement> unbounded)
    {
        var (with, without) = (SharesOf(bounded), SharesOf(unbounded));
        if (with.Count == 0) return null;
        // Whoever is not cut gains by the same factor.
        double Kept(string person) => with[person] / without[person];
        var whole = with.Keys.Max(Kept);
        return new(with.Count, with.Values.Max(), without.Values.Max(), with.Keys.Count(person => Kept(person) < whole * (1 - 1e-9)));
    }

    private static Dictionary<string, double> SharesOf(IReadOnlyList<Judgement> judgements)
    {
        var weights = judgements.Where(j => j.IsComparison && j.Weight > 0).GroupBy(j => j.RaterId, StringComparer.Ordinal)
            .ToDictionary(r => r.Key, r => r.Sum(j => j.Weight), StringComparer.Ordinal);
        var all = weights.Values.Sum();
        return weights.ToDictionary(w => w.Key, w => w.Value / all, StringComparer.Ordinal);
    }
}
