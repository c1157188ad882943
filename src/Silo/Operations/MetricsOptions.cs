namespace ChatLoop.Silo.Operations;

/// <summary>Who may read /metrics (section "Metrics").</summary>
public sealed record MetricsOptions
{
    public const string Section = "Metrics";

    /// <summary>Other machines, too; otherwise this one only, and no proxy's calls.</summary>
    public bool AllowRemote { get; init; }
}
