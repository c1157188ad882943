namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Who rates most must not decide most, and thumbs must never drive the reward. A rater with n comparisons weighs sqrt(n) in all, each
/// one 1 / sqrt(n), no one more than a share of all, and comparisons (pairs, rankings, corrections, demonstrations) are scaled to a mean weight of 1. Thumbs,
/// ratings and comments, which judge one answer by itself, together get at most a fixed share of the comparisons' weight, and nothing without
/// comparisons: rewards that followed thumbs have made models sycophantic (docs/adr/0008-thumbs-never-drive-the-reward.md).
/// </summary>
public static class JudgementWeights
{
    /// <remarks>A comment weighs as much of a thumb as its reader is sure of: it does not fill the share that it is no evidence for.</remarks>
    /// <param name="largestShare">Of the comparisons' weight, and of the others', that one rater has at most (<see cref="RaterShares"/>).</param>
    /// <param name="reliability">Of a rater, 0 to 1; all are trusted when null.</param>
    public static IReadOnlyList<Judgement> Assign(
        IReadOnlyList<Judgement> judgements, double maxPointwiseShare, double largestShare = 1, Func<string, double>? reliability = null)
    {
        var perRater = judgements.CountBy(j => (j.RaterId, j.IsComparison)).ToDictionary();
        double Trusted(Judgement j) => j.Certainty * (reliability?.Invoke(j.RaterId) ?? 1) / Math.Sqrt(perRater[(j.RaterId, j.IsComparison)]);
        var bounds = judgements.GroupBy(j => j.IsComparison).SelectMany(kind => Bounds([.. kind], Trusted, largestShare)).ToDictionary();
        double Raw(Judgement j) => Trusted(j) * bounds[(j.RaterId, j.IsComparison)];

        var (comparisons, pointwise) = (judgements.Where(j => j.IsComparison).ToList(), judgements.Where(j => !j.IsComparison).ToList());
        var comparisonScale = Scale(comparisons.Count, comparisons.Sum(Raw));
        var pointwiseScale = Scale(Math.Min(pointwise.Sum(j => j.Certainty), maxPointwiseShare * comparisons.Count), pointwise.Sum(Raw));
        return [.. judgements.Select(j => j with { Weight = Raw(j) * (j.IsComparison ? comparisonScale : pointwiseScale) })];
    }

    /// <summary>What is left of each rater's weight.</summary>
    private static IEnumerable<KeyValuePair<(string RaterId, bool IsComparison), double>> Bounds(
        IReadOnlyList<Judgement> judgements, Func<Judgement, double> weight, double largestShare)
    {
        var raters = judgements.GroupBy(j => (j.RaterId, j.IsComparison)).Select(r => (r.Key, Weight: r.Sum(weight))).ToList();
        return raters.Zip(RaterShares.Bound([.. raters.Select(r => r.Weight)], largestShare),
            (r, bounded) => KeyValuePair.Create(r.Key, r.Weight > 0 ? bounded / r.Weight : 0));
    }

    private static double Scale(double total, double raw) => raw > 0 ? total / raw : 0;
}
