namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Takes out of the scores what follows the answer's length alone: score - slope * tokens (Huang et al. 2024, "Post-hoc Reward
/// Calibration: a case study on length bias", arXiv:2409.17407, with a straight line as the local regression). A length covariate
/// fitted jointly with the trunk was the alternative: the trunk can count tokens too, so that nothing would tell the two apart. The
/// slope comes from scores only, never from labels; so comparisons that the scoring models had not seen can say whether taking it out
/// helps. It does not where raters like long answers for their length.
/// </summary>
public static class LengthCorrection
{
    /// <summary>So many more comparisons must be right: one is luck.</summary>
    private const int LeastGain = 2;

    /// <summary>Raw score per answer token, by least squares over the differences of all answers that were compared to each other.</summary>
    public static double SlopeOf(IEnumerable<ScoredJudgement> scored)
    {
        var (squares, products) = (0.0, 0.0);
        foreach (var (judgement, scores, _) in scored.Where(s => s.Judgement.IsComparison))
        {
            var (meanLength, meanScore) = (judgement.Answers.Average(a => a.Answer.Count), scores.Average());
            foreach (var (answer, score) in judgement.Answers.Zip(scores))
            {
                squares += (answer.Answer.Count - meanLength) * (answer.Answer.Count - meanLength);
                products += (answer.Answer.Count - meanLength) * (score - meanScore);
            }
        }
        return squares > 0 ? products / squares : 0;
    }

    public static ScoredJudgement Without(this ScoredJudgement scored, double slope) => scored with
    {
        Scores = [.. scored.Scores.Zip(scored.Judgement.Answers, (score, answer) => score - slope * answer.Answer.Count)],
    };

    /// <summary>Whether scores of unseen comparisons agree better with the raters without it: more are right, and the loss is lower.</summary>
    public static bool Helps(IReadOnlyList<ScoredJudgement> unseen)
    {
        var slope = SlopeOf(unseen);
        List<ScoredJudgement> corrected = [.. unseen.Select(s => s.Without(slope))];
        return Right(corrected) >= Right(unseen) + LeastGain && corrected.Sum(s => s.WeightedLoss) < unseen.Sum(s => s.WeightedLoss);
    }

    private static int Right(IEnumerable<ScoredJudgement> scored) => scored.Count(s => s.Margin > 0);
}
