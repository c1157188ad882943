namespace ChatLoop.Trainer.Ppo;

/// <summary>Per-token rewards of one answer: minus beta times the KL estimate at every token, and the score at the last (Ziegler et al. 2019, eq. 2).</summary>
public static class RewardShaping
{
    /// <param name="logPolicy">Log-probabilities of the answer's tokens under the policy that sampled them, [T].</param>
    /// <param name="logReference">The same under the reference, [T].</param>
    /// <returns>Rewards, [T].</returns>
    public static double[] PerToken(
        ReadOnlySpan<float> logPolicy, ReadOnlySpan<float> logReference, double score, double beta, KlEstimator estimator = KlEstimator.K1)
    {
        var rewards = new double[logPolicy.Length];
        for (var t = 0; t < rewards.Length; t++) rewards[t] = -beta * KlEstimators.Penalty(estimator, logPolicy[t], logReference[t]);
        rewards[^1] += score;
        return rewards;
    }
}
