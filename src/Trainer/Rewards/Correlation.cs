namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Pearson correlation. Between rewards and answer lengths it tells how much of the reward is length (Singhal et al. 2023).
/// </summary>
public static class Correlation
{
    /// <returns>In [-1, 1]; 0 where either side does not vary.</returns>
    public static double Pearson(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != y.Count) throw new ArgumentException($"{x.Count} values cannot be paired with {y.Count}.", nameof(y));
        if (x.Count == 0) return 0;
        var (meanX, meanY) = (x.Average(), y.Average());
        var (xx, yy, xy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < x.Count; i++)
        {
            var (dx, dy) = (x[i] - meanX, y[i] - meanY);
            (xx, yy, xy) = (xx + dx * dx, yy + dy * dy, xy + dx * dy);
        }
        return xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : 0;
    }
}
