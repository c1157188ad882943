namespace ChatLoop.Trainer.Statistics;

/// <summary>
/// How much of an error rate each look may spend, so that all looks together, however many, spend no more than the whole (Lan and DeMets
/// 1983): the k-th gets <c>alpha 6 / (pi k)^2</c>, which adds up to alpha over all k.
/// </summary>
public static class AlphaSpending
{
    /// <param name="alpha">Of all looks.</param>
    /// <param name="look">Counted from 1.</param>
    public static double Of(double alpha, long look) => alpha * 6 / (Math.PI * Math.PI * look * look);
}
