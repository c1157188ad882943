namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Who rates most must not decide most, and thumbs must never drive the reward. A rater with n comparisons weighs sqrt(n) in all, each
/// one 1 / sqrt(n), and comparisons (pairs, rankings, corrections, demonstrations) are scaled to a mean weight of 1. Thumbs and
/// ratings, which judge one answer by itself, together get at most a fixed share of the comparisons' weight, and nothing without
/// comparisons: rewards that followed thumbs have made models sycophantic (docs/adr/0008-thumbs-never-drive-the-reward.md).
/// </summary>
public static class JudgementWeights
{
    public static IReadOnlyList<Judgement> Assign(IReadOnlyList<Judgement> judgements, double maxPointwiseShare)
    {
        var perRater = judgements.CountBy(j => (j.RaterId, j.IsComparison)).ToDictionary();
        double Raw(Judgement j) => 1 / Math.Sqrt(perRater[(j.RaterId, j.IsComparison)]);

        var (comparisons, pointwise) = (judgements.Where(j => j.IsComparison).ToList(), judgements.Where(j => !j.IsComparison).ToList());
        var comparisonScale = comparisons.Count / Math.Max(comparisons.Sum(Raw), double.Epsilon);
        var pointwiseScale = Math.Min(pointwise.Count, maxPointwiseShare * comparisons.Count) / Math.Max(pointwise.Sum(Raw), double.Epsilon);
        return [.. judgements.Select(j => j with { Weight = Raw(j) * (j.IsComparison ? comparisonScale : pointwiseScale) })];
    }
}
