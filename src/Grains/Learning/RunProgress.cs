using ChatLoop.Contracts.Learning;

namespace ChatLoop.Grains.Learning;

/// <summary>How far a run is when a step is at a fraction of itself.</summary>
internal static class RunProgress
{
    public static double Of(LearningPhase phase, double fraction)
    {
        var (from, to) = phase switch
        {
            LearningPhase.Collecting => (0.0, 0.0),
            LearningPhase.RewardModel => (0.0, 0.25),
            LearningPhase.Rollouts or LearningPhase.PolicyUpdate => (0.25, 0.85),
            LearningPhase.Gate => (0.85, 0.98),
            LearningPhase.Publishing => (0.98, 0.99),
            _ => (0.99, 1.0),
        };
        return from + (to - from) * Math.Clamp(double.IsNaN(fraction) ? 0 : fraction, 0, 1);
    }
}
