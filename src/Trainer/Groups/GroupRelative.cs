namespace ChatLoop.Trainer.Groups;

/// <summary>What the rewards of a group are divided by, mean taken off.</summary>
public enum GroupScale
{
    /// <summary>The deviation with divisor k - 1 (Bessel's), as TRL and verl do.</summary>
    Bessel,
    /// <summary>The deviation with divisor k.</summary>
    Population,
    /// <summary>Nothing: Dr. GRPO (Liu et al. 2025). Dividing weighs prompts more whose answers are nearly equal.</summary>
    None,
}

/// <summary>
/// GRPO's advantages (Shao et al. 2024, section 4.1.2): A_i = (R_i - mean R) / (deviation of R + 1e-4) over the answers to one prompt.
/// </summary>
public static class GroupRelative
{
    /// <summary>TRL's.</summary>
    private const double Epsilon = 1e-4;

    /// <param name="rewards">Of the answers to one prompt, at least two, KL penalty included, [k].</param>
    /// <returns>[k]; they add up to 0, and equal rewards give zeros.</returns>
    public static double[] Advantages(ReadOnlySpan<double> rewards, GroupScale scale)
    {
        if (rewards.Length < 2) throw new ArgumentException("The only answer of a group has no other to be compared with.", nameof(rewards));
        var mean = Mean(rewards);
        var squares = 0.0;
        foreach (var reward in rewards) squares += (reward - mean) * (reward - mean);
        var divisor = scale switch
        {
            GroupScale.Bessel => Math.Sqrt(squares / (rewards.Length - 1)) + Epsilon,
            GroupScale.Population => Math.Sqrt(squares / rewards.Length) + Epsilon,
            GroupScale.None => 1,
            _ => throw new ArgumentOutOfRangeException(nameof(scale), scale, null),
        };
        var advantages = new double[rewards.Length];
        for (var i = 0; i < rewards.Length; i++) advantages[i] = (rewards[i] - mean) / divisor;
        return advantages;
    }

    /// <summary>The mean, exact where all are equal: rounding alone must not make an advantage.</summary>
    internal static double Mean(ReadOnlySpan<double> rewards)
    {
        var excess = 0.0;
        foreach (var reward in rewards) excess += reward - rewards[0];
        return rewards[0] + excess / rewards.Length;
    }
}
