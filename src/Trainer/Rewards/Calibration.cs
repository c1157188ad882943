namespace ChatLoop.Trainer.Rewards;

/// <summary>Predictions of one band of confidence.</summary>
/// <param name="Predicted">Their mean probability.</param>
/// <param name="Observed">Share of them that came true.</param>
public sealed record ReliabilityBin(double From, double To, int Count, double Predicted, double Observed);

/// <summary>
/// Whether the reward model's probabilities can be taken at their word: of the contrasts that it calls with 80 % it should get 80 %
/// right. Bins of equal width over the confidence, 0.5 to 1; empty ones are left out.
/// </summary>
public static class Calibration
{
    private const int Bands = 5;

    /// <param name="margins">Score of the answer that the rater found better minus the other's.</param>
    public static IReadOnlyList<ReliabilityBin> Bins(IEnumerable<double> margins) =>
    [
        .. margins.Select(m => (Confidence: 1 / (1 + Math.Exp(-Math.Abs(m))), Right: m > 0))
            .GroupBy(p => Math.Min((int)((p.Confidence - 0.5) * 2 * Bands), Bands - 1)).OrderBy(b => b.Key)
            .Select(b => new ReliabilityBin(
                0.5 + 0.5 * b.Key / Bands, 0.5 + 0.5 * (b.Key + 1) / Bands, b.Count(), b.Average(p => p.Confidence), b.Average(p => p.Right ? 1.0 : 0.0))),
    ];

    /// <summary>Expected calibration error (Naeini et al. 2015): mean gap between predicted and observed; NaN without predictions.</summary>
    public static double Error(IReadOnlyList<ReliabilityBin> bins) => bins.Count == 0
        ? double.NaN
        : bins.Sum(b => b.Count * Math.Abs(b.Predicted - b.Observed)) / bins.Sum(b => b.Count);
}
