namespace ChatLoop.Contracts.Checkpoints;

/// <summary>A version that passed the gate answers in a share of the conversations until votes have decided between it and the live one.</summary>
/// <param name="Baseline">The live version that it is compared with.</param>
/// <param name="Share">Of the conversations, 0 to 1.</param>
/// <param name="EndsAt">When it ends without a decision by votes.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.CanaryTrial")]
public sealed record CanaryTrial(
    [property: Id(0)] int Version,
    [property: Id(1)] int Baseline,
    [property: Id(2)] double Share,
    [property: Id(3)] DateTimeOffset StartedAt,
    [property: Id(4)] DateTimeOffset EndsAt);

/// <summary>Votes on pairs of which one answer is the canary's and one the live version's.</summary>
/// <param name="Wins">The canary's answer was the better one.</param>
/// <param name="People">Who gave them.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.CanaryVotes")]
public sealed record CanaryVotes(
    [property: Id(0)] int Wins,
    [property: Id(1)] int Losses,
    [property: Id(2)] int Ties,
    [property: Id(3)] int People);

/// <summary>A trial and how it stands.</summary>
/// <param name="LogLikelihoodRatio">Of "as good as the live version" to "worse by the margin", in nats.</param>
/// <param name="PromoteAt">At this ratio or above, the canary goes live.</param>
/// <param name="StopAt">At this ratio or below, it is stopped.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.CanaryStatus")]
public sealed record CanaryStatus(
    [property: Id(0)] CanaryTrial Trial,
    [property: Id(1)] CanaryVotes Votes,
    [property: Id(2)] double LogLikelihoodRatio,
    [property: Id(3)] double PromoteAt,
    [property: Id(4)] double StopAt);

/// <summary>What serving silos serve now.</summary>
/// <param name="CanaryVersion">Null unless <paramref name="Trial"/> is under way.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.ServedVersions")]
public sealed record ServedVersions(
    [property: Id(0)] CheckpointRecord Live,
    [property: Id(1)] CheckpointRecord? CanaryVersion,
    [property: Id(2)] CanaryTrial? Trial);
