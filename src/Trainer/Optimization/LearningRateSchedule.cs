namespace ChatLoop.Trainer.Optimization;

/// <summary>Linear warm-up over the first steps, then a straight line that reaches 0 after the last step.</summary>
public readonly record struct LearningRateSchedule(double Peak, int TotalSteps, int WarmUpSteps = 0)
{
    /// <param name="step">Counted from 0.</param>
    public double At(int step) => step < WarmUpSteps
        ? Peak * (step + 1) / (WarmUpSteps + 1)
        : Peak * Math.Max(0, TotalSteps - step) / Math.Max(1, TotalSteps - WarmUpSteps);
}
