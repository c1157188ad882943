namespace ChatLoop.Contracts.Learning;

/// <summary>Seconds by nearest rank: at least half, and 95 of 100, of the judgements took no longer.</summary>
/// <param name="Judgements">How many it is over.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.LatencyQuantiles")]
public sealed record LatencyQuantiles([property: Id(0)] int Judgements, [property: Id(1)] double Median, [property: Id(2)] double P95);

/// <summary>
/// From a judgement's place in the ledger, which is when it is acknowledged, to the version that used it. The newest versions' judgements.
/// </summary>
/// <param name="ToLive">Until the serving engine had that version; null where none has been served yet.</param>
/// <param name="ToAnswer">Until the first token of an answer came from it; null where nobody has asked yet.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.FeedbackLatency")]
public sealed record FeedbackLatency([property: Id(0)] LatencyQuantiles? ToLive, [property: Id(1)] LatencyQuantiles? ToAnswer);
