using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Ppo;

/// <summary>One rollout with all that an update needs. Arrays have one entry per answer token.</summary>
internal sealed record Experience
{
    public required TokenizedAnswer Tokens { get; init; }
    /// <summary>Log-probabilities under the policy that sampled it, from the trainer's own forward pass.</summary>
    public required float[] LogPolicy { get; init; }
    public required float[] LogReference { get; init; }
    /// <summary>Of the sampling policy, in nats.</summary>
    public required float[] Entropy { get; init; }
    /// <summary>The reward model's normalised score, or the fixed one of an unfinished answer.</summary>
    public required double Score { get; init; }
    /// <summary>Empty until estimated.</summary>
    public double[] Advantages { get; init; } = [];
    /// <summary>The critic's, at rollout time; empty without one.</summary>
    public double[] Values { get; init; } = [];
    /// <summary>What the critic learns; empty without one.</summary>
    public double[] Returns { get; init; } = [];

    /// <summary>Sum of k1 over the answer: an estimate of KL(policy || reference) in nats.</summary>
    public double SequenceKl => LogPolicy.Zip(LogReference, (p, r) => (double)p - r).Sum();
}
