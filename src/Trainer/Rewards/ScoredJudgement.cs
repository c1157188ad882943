namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// A model's raw scores of a judgement that it was not trained on (or was: say so where it is used), one per answer.
/// </summary>
/// <param name="Model">Which model scored it: levels of different models do not compare.</param>
public sealed record ScoredJudgement(Judgement Judgement, IReadOnlyList<double> Scores, int Model = 0)
{
    /// <summary>
    /// Mean Bradley-Terry loss over the pairs of a comparison's answers, ties as soft labels of 1/2: a measure that does not depend
    /// on what the likelihood's other parameters have learned. 0 for a pointwise judgement.
    /// </summary>
    public double Loss
    {
        get
        {
            var ranks = Judgement.Ranks;
            var pairs = from i in Enumerable.Range(0, ranks.Count)
                        from j in Enumerable.Range(0, ranks.Count)
                        where i < j
                        let first = ranks[i] == ranks[j] ? 0.5 : ranks[i] < ranks[j] ? 1 : 0
                        select first * SoftPlus(Scores[j] - Scores[i]) + (1 - first) * SoftPlus(Scores[i] - Scores[j]);
            return pairs.DefaultIfEmpty(0).Average();
        }
    }

    public double WeightedLoss => Judgement.Weight * Loss;

    /// <summary>Score of the better answer minus the worse one's; null where the judgement contrasts none.</summary>
    public double? Margin => Judgement.Contrast is var (better, worse) ? Scores[better] - Scores[worse] : null;

    /// <summary>Share of the judgements with a contrast whose answers are ordered as the rater did; NaN without any.</summary>
    public static double Accuracy(IEnumerable<ScoredJudgement> judgements)
    {
        double[] margins = [.. judgements.Select(j => j.Margin).OfType<double>()];
        return margins.Length == 0 ? double.NaN : margins.Average(m => m > 0 ? 1.0 : 0.0);
    }

    /// <summary>log(1 + exp(x)) in a form that does not overflow.</summary>
    private static double SoftPlus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}
