namespace ChatLoop.Grains.Forgetting;

/// <summary>How soon what was withdrawn is gone from the live version (section "Learning:Forgetting").</summary>
public sealed record ForgettingOptions
{
    /// <summary>
    /// From a withdrawal of what the live version learned to the run that makes one without it, at the latest. Withdrawals in between
    /// share that run.
    /// </summary>
    public TimeSpan Within { get; init; } = TimeSpan.FromHours(4);
}
