using Orleans.Concurrency;

namespace ChatLoop.Contracts.Checkpoints;

/// <summary>Counts the votes of a canary's trial and ends it. The key is the model's name.</summary>
[Alias("ChatLoop.ICanaryGrain")]
public interface ICanaryGrain : IGrainWithStringKey
{
    /// <summary>A trial has begun: votes count that the ledger holds behind this sequence number. Idempotent by version.</summary>
    Task Begin(int version, long afterSequence);

    /// <summary>A comparison is durable that may be a vote.</summary>
    [OneWay]
    Task Voted();

    /// <summary>After a restart, and after a decision of the registry: looks at what is due. Does nothing where nothing is.</summary>
    [OneWay]
    Task Resume();

    /// <summary>Null while there is no trial.</summary>
    [AlwaysInterleave]
    Task<CanaryStatus?> GetStatus();
}
