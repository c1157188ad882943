using ChatLoop.Trainer.Rewards.Likelihoods;

namespace ChatLoop.Trainer.Simulation;

/// <summary>Verdicts on pairs as numbers.</summary>
internal static class Verdicts
{
    /// <summary>How much a verdict of <see cref="PairOutcome"/> is for the first answer: 1, 0, and 0.5 for either tie.</summary>
    public static double Label(int verdict) => (PairOutcome)verdict switch { PairOutcome.First => 1, PairOutcome.Second => 0, _ => 0.5 };
}
