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
}
