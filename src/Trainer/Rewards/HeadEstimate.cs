namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// What the heads of an ensemble make of one answer. Where they disagree the reward is a guess, and a policy that climbs it finds the
/// guesses that are too high; so the reward lies some spreads below the mean (Coste et al. 2023, arXiv:2310.02743,
/// "uncertainty-weighted optimisation"). They subtract the variance; the deviation is in the reward's own unit, so that the penalty
/// means the same whatever the scale of the raw scores.
/// </summary>
public sealed record HeadEstimate(IReadOnlyList<double> ByHead)
{
    public double Mean => ByHead.Average();

    /// <summary>Standard deviation over the heads (of the population: they are all there are); 0 for one head.</summary>
    public double Spread
    {
        get
        {
            var mean = Mean;
            return Math.Sqrt(ByHead.Average(s => (s - mean) * (s - mean)));
        }
    }

    /// <summary>Mean over the heads of sigmoid(score): nearer to a half than the mean score's where they disagree.</summary>
    public double Probability => ByHead.Average(s => 1 / (1 + Math.Exp(-s)));

    public double Conservative(double penalty) => Mean - penalty * Spread;
}
