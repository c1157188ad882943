namespace ChatLoop.Trainer.Groups;

/// <summary>
/// RLOO's advantages (Kool et al. 2019; Ahmadian et al. 2024, eq. 8): the reward less the mean of the other k - 1 answers to the same
/// prompt, A_i = R_i - sum_j≠i R_j / (k - 1). The baseline does not depend on answer i, so the gradient stays unbiased.
/// </summary>
public static class LeaveOneOut
{
    /// <param name="rewards">Of the answers to one prompt, at least two, KL penalty included, [k].</param>
    /// <returns>[k]; they add up to 0, and equal rewards give zeros.</returns>
    public static double[] Advantages(ReadOnlySpan<double> rewards)
    {
        if (rewards.Length < 2) throw new ArgumentException("The only answer of a group has no other to be compared with.", nameof(rewards));
        var mean = GroupRelative.Mean(rewards);
        var advantages = new double[rewards.Length];
        for (var i = 0; i < rewards.Length; i++) advantages[i] = (rewards[i] - mean) * rewards.Length / (rewards.Length - 1);
        return advantages;
    }
}
