using Orleans.Concurrency;

namespace ChatLoop.Contracts.Forgetting;

/// <summary>
/// Sees to it that what was withdrawn is gone from what the service keeps and has learned. All that it decides by is in the ledger, the
/// registry and the runs' folders, so that a crash forgets nothing. The key is the model's name.
/// </summary>
[Alias("ChatLoop.IForgettingGrain")]
public interface IForgettingGrain : IGrainWithStringKey
{
    /// <summary>Feedback was withdrawn, or a run has ended: looks soon.</summary>
    [OneWay]
    Task Wake();

    /// <summary>Does what is due now, and sets the clock for what is due later.</summary>
    Task Look();
}
