namespace ChatLoop.Trainer.Rollouts;

/// <summary>
/// What samples of one distribution say about another (truncated importance sampling, Ionides 2008): each counts
/// min(exp(log p_now - log p_then), cap). The cap bounds the variance at the price of a bias towards the old distribution. Both
/// log-probabilities must be of the same kind: with the same bias, penalties, temperature and cut of the vocabulary.
/// </summary>
public static class ImportanceWeights
{
    /// <param name="logNow">Of tokens or of whole answers, in nats; minus infinity where it can no longer be sampled.</param>
    /// <param name="logThen">Of the same under the distribution that sampled them.</param>
    public static double[] Truncated(IReadOnlyList<double> logNow, IReadOnlyList<double> logThen, double cap) =>
        [.. logNow.Zip(logThen, (now, then) => Math.Min(Math.Exp(now - then), cap))];

    /// <summary>The cap for a mean over n samples: the square root of n, with which the mean still converges (Ionides 2008, section 2).</summary>
    public static double CapFor(int samples) => Math.Sqrt(samples);

    /// <summary>
    /// How many samples of the new distribution say as much: (sum w)^2 / sum w^2 (Kish 1965). As many as there are when all weights are
    /// alike, 1 when a single one counts, 0 when none does.
    /// </summary>
    public static double EffectiveSampleSize(IReadOnlyList<double> weights)
    {
        var (sum, squares) = (weights.Sum(), weights.Sum(w => w * w));
        return squares > 0 ? sum * sum / squares : 0;
    }
}
