namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Who rates most must not decide most, and thumbs must never drive the reward. A rater with n comparisons weighs sqrt(n) in all, each
/// one 1 / sqrt(n), and comparisons (pairs, rankings, corrections, demonstrations) are scaled to a mean weight of 1. Thumbs,
/// ratings and comments, which judge one answer by itself, together get at most a fixed share of the comparisons' weight, and nothing without
/// comparisons: rewards that followed thumbs have made models sycophantic (docs/adr/0008-thumbs-never-drive-the-reward.md).
/// </summary>
public static class JudgementWeights
{
    /// <remarks>A comment weighs as much of a thumb as its reader is sure of: it does not fill the share that it is no evidence for.</remarks>
    /// <param name="reliability">Of a rater, 0 to 1; all are trusted when null.</param>
    public static IReadOnlyList<Judgement> Assign(
        IReadOnlyList<Judgement> judgements, double maxPointwiseShare, Func<string, double>? reliability = null)
    {
        var perRater = judgements.CountBy(j => (j.RaterId, j.IsComparison)).ToDictionary();
        double Raw(Judgement j) => j.Certainty * (reliability?.Invoke(j.RaterId) ?? 1) / Math.Sqrt(perRater[(j.RaterId, j.IsComparison)]);

        var (comparisons, pointwise) = (judgements.Where(j => j.IsComparison).ToList(), judgements.Where(j => !j.IsComparison).ToList());
        var comparisonScale = Scale(comparisons.Count, comparisons.Sum(Raw));
        var pointwiseScale = Scale(Math.Min(pointwise.Sum(j => j.Certainty), maxPointwiseShare * comparisons.Count), pointwise.Sum(Raw));
        return [.. judgements.Select(j => j with { Weight = Raw(j) * (j.IsComparison ? comparisonScale : pointwiseScale) })];
    }

    private static double Scale(double total, double raw) => raw > 0 ? total / raw : 0;
}
