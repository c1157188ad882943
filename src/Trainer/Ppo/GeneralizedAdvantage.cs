namespace ChatLoop.Trainer.Ppo;

/// <summary>
/// Generalised advantage estimation (Schulman et al. 2016, eq. 16): delta_t = r_t + gamma V(s_t+1) - V(s_t),
/// A_t = delta_t + gamma lambda A_t+1; returns are A_t + V(s_t).
/// </summary>
public static class GeneralizedAdvantage
{
    /// <param name="rewards">One per token, [T].</param>
    /// <param name="values">V of the state before each token, [T].</param>
    /// <param name="isAction">
    /// Which tokens the policy chose; empty means all. Others (a user's or a tool's turn) are passed over: neither their reward
    /// nor their value reaches a token of the policy, and their own entries are 0.
    /// </param>
    /// <param name="bootstrap">V of the state after the last token: 0 for an episode that ended.</param>
    public static (double[] Advantages, double[] Returns) Estimate(
        ReadOnlySpan<double> rewards, ReadOnlySpan<double> values, double gamma, double lambda,
        ReadOnlySpan<bool> isAction = default, double bootstrap = 0)
    {
        var advantages = new double[rewards.Length];
        var returns = new double[rewards.Length];
        var (nextValue, nextAdvantage) = (bootstrap, 0.0);
        for (var t = rewards.Length - 1; t >= 0; t--)
        {
            if (!isAction.IsEmpty && !isAction[t]) continue;
            var delta = rewards[t] + gamma * nextValue - values[t];
            advantages[t] = nextAdvantage = delta + gamma * lambda * nextAdvantage;
            returns[t] = advantages[t] + values[t];
            nextValue = values[t];
        }
        return (advantages, returns);
    }
}
