namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Who rates most must not decide most, and thumbs must never drive the reward. A rater with n judgements weighs sqrt(n) in all, each
/// judgement 1 / sqrt(n), and pairs are scaled to a mean weight of 1. Thumbs together get at most a fixed share of the pairs'
/// weight, and nothing without pairs: rewards that followed thumbs have made models sycophantic
/// (docs/adr/0008-thumbs-never-drive-the-reward.md).
/// </summary>
public static class JudgementWeights
{
    public static IReadOnlyList<Judgement> Assign(IReadOnlyList<Judgement> judgements, double maxThumbShare)
    {
        var perRater = judgements.CountBy(j => (j.RaterId, j.IsPair)).ToDictionary();
        double Raw(Judgement j) => 1 / Math.Sqrt(perRater[(j.RaterId, j.IsPair)]);

        var (pairs, thumbs) = (judgements.Where(j => j.IsPair).ToList(), judgements.Where(j => !j.IsPair).ToList());
        var (pairSum, thumbSum) = (pairs.Sum(Raw), thumbs.Sum(Raw));
        var pairScale = pairs.Count == 0 ? 0 : pairs.Count / pairSum;
        var thumbScale = thumbs.Count == 0 ? 0 : Math.Min(thumbs.Count, maxThumbShare * pairs.Count) / thumbSum;
        return [.. judgements.Select(j => j with { Weight = Raw(j) * (j.IsPair ? pairScale : thumbScale) })];
    }
}
