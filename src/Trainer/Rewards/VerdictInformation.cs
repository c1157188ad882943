namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// How much a verdict on two answers would tell about the reward model: the mutual information of verdict and head (Houlsby et al. 2011,
/// "Bayesian active learning for classification and preference learning", arXiv:1112.5745, eq. 2, with an ensemble's heads for the
/// posterior), <c>I = H(mean_k p_k) - mean_k H(p_k)</c> with p_k = sigmoid(s_k(first) - s_k(second)), in nats. It is 0 where the heads
/// agree, also where all find the answers alike: that is the rater's indifference, and no verdict takes it away. Ties are left out.
/// </summary>
public static class VerdictInformation
{
    /// <summary>0 to log 2.</summary>
    public static double Of(HeadEstimate first, HeadEstimate second)
    {
        double[] firstBetter = [.. first.ByHead.Zip(second.ByHead, (a, b) => 1 / (1 + Math.Exp(b - a)))];
        return Math.Max(0, Entropy(firstBetter.Average()) - firstBetter.Average(Entropy));
    }

    /// <summary>The candidate that tells most beside the answers that it would be compared with; the first one where none tells anything.</summary>
    public static int MostInformative(IReadOnlyList<HeadEstimate> shown, IReadOnlyList<HeadEstimate> candidates) =>
        Enumerable.Range(0, candidates.Count).MaxBy(c => shown.Average(s => Of(s, candidates[c])));

    private static double Entropy(double p) => p is <= 0 or >= 1 ? 0 : -p * Math.Log(p) - (1 - p) * Math.Log(1 - p);
}
