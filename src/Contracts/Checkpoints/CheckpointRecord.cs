using System.Text.Json.Serialization;

namespace ChatLoop.Contracts.Checkpoints;

public enum CheckpointStage
{
    /// <summary>Trained, not yet judged by the gate.</summary>
    Candidate,
    /// <summary>Serving. At most one at a time.</summary>
    Live,
    /// <summary>Was live once.</summary>
    Retired,
    /// <summary>Stopped by the gate, or as a canary; never live.</summary>
    Rejected,
    /// <summary>Serving a share of the conversations, compared with the live version by votes. At most one at a time.</summary>
    Canary,
    /// <summary>Passed the gate while another version was pinned: it can be made live by hand.</summary>
    Held,
}

/// <summary>One test of the gate: <paramref name="Value"/> against <paramref name="Limit"/>, in the words of <paramref name="Rule"/>.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.GateCheck")]
public sealed record GateCheck(
    [property: Id(0)] string Name,
    [property: Id(1)] double Value,
    [property: Id(2)] double Limit,
    [property: Id(3)] string Rule,
    [property: Id(4)] bool Passed);

[GenerateSerializer, Immutable, Alias("ChatLoop.GateReport")]
public sealed record GateReport([property: Id(0)] IReadOnlyList<GateCheck> Checks)
{
    public bool Passed => Checks.Count > 0 && Checks.All(c => c.Passed);
}

/// <summary>Raters who want the same, where others want the opposite.</summary>
/// <param name="Share">Of all comparisons in which a side was chosen, those that they made.</param>
/// <param name="Accuracy">Share of theirs that the reward model orders as they did, of prompts that it had not seen.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.RaterCamp")]
public sealed record RaterCamp(
    [property: Id(0)] int Raters,
    [property: Id(1)] double Share,
    [property: Id(2)] double Accuracy);

/// <summary>Two groups of raters who consistently want opposite things.</summary>
/// <param name="Followed">The larger one: the reward model learns from it and not from the other.</param>
/// <param name="Majority">Share of the followed one, with raters who are hard to place counted in part on either side.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.RaterCamps")]
public sealed record RaterCamps(
    [property: Id(0)] RaterCamp Followed,
    [property: Id(1)] RaterCamp Other,
    [property: Id(2)] double Majority);

/// <summary>How far one person alone decided what was learned (ADR 34).</summary>
/// <param name="People">Whose comparisons had any weight.</param>
/// <param name="LargestShare">Of the comparisons' weight, what the person who weighs most has.</param>
/// <param name="Unbounded">What that would have been without the bound.</param>
/// <param name="Bounded">People whose weight the bound cut.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.RaterInfluence")]
public sealed record RaterInfluence(
    [property: Id(0)] int People,
    [property: Id(1)] double LargestShare,
    [property: Id(2)] double Unbounded,
    [property: Id(3)] int Bounded);

[GenerateSerializer, Immutable, Alias("ChatLoop.CheckpointMetrics")]
public sealed record CheckpointMetrics
{
    /// <summary>Share of held-out pairs that the reward model orders as the raters did.</summary>
    [Id(0)] public double RewardModelAccuracy { get; init; }
    /// <summary>Mean reward of the candidate's answers to held-out prompts, normalised: the parent's mean is 0, its deviation 1.</summary>
    [Id(1)] public double Reward { get; init; }
    /// <summary>Mean KL(candidate || reference) per answer, in nats.</summary>
    [Id(2)] public double Kl { get; init; }
    /// <summary>Mean entropy per token, in nats.</summary>
    [Id(3)] public double Entropy { get; init; }
    [Id(4)] public double ParentEntropy { get; init; }
    /// <summary>Distinct bigrams over all bigrams of the sampled answers.</summary>
    [Id(5)] public double Distinct2 { get; init; }
    /// <summary>Mean answer length in tokens.</summary>
    [Id(6)] public double AnswerTokens { get; init; }
    [Id(7)] public double ParentAnswerTokens { get; init; }
    /// <summary>Null when its raters do not contradict each other as groups.</summary>
    [Id(8)] public RaterCamps? Camps { get; init; }
    /// <summary>Null for a version that was trained before this was measured, or without comparisons.</summary>
    [Id(9)] public RaterInfluence? Influence { get; init; }
    /// <summary>Mean reward of the answers of the version that it was made to replace, in the same unit; null for a child of the live version.</summary>
    [Id(20)] public double? ReplacedReward { get; init; }
}

/// <summary>A version of the policy, who its parent is, what it learned from, and how it was judged.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.CheckpointRecord")]
public sealed record CheckpointRecord
{
    [Id(0)] public required int Version { get; init; }
    /// <summary>Null for the starter.</summary>
    [Id(1)] public int? Parent { get; init; }
    /// <summary>The training run that made it; the same run always gets the same version.</summary>
    [Id(2)] public required string RunId { get; init; }
    /// <summary>Folder of the checkpoint, relative to the checkpoint store's root.</summary>
    [Id(3)] public required string Folder { get; init; }
    /// <summary>SHA-256 of the weights file, lower-case hex.</summary>
    [Id(4)] public required string WeightsHash { get; init; }
    [Id(5)] public required DateTimeOffset CreatedAt { get; init; }
    [Id(6)] public CheckpointStage Stage { get; init; }
    [Id(7)] public string? RewardModel { get; init; }
    /// <summary>How many judgements its batch held.</summary>
    [Id(8)] public int FeedbackCount { get; init; }
    [Id(9)] public CheckpointMetrics? Metrics { get; init; }
    [Id(10)] public GateReport? Gate { get; init; }
    [Id(11)] public DateTimeOffset? WentLiveAt { get; init; }
    /// <summary>When an engine first had it.</summary>
    [Id(12)] public DateTimeOffset? FirstServedAt { get; init; }
    /// <summary>When the first token of an answer came from it.</summary>
    [Id(13)] public DateTimeOffset? FirstAnsweredAt { get; init; }
    /// <summary>
    /// The version whose place it was made to take, because that one learned from feedback that was withdrawn; its parent is then that
    /// one's last ancestor that did not (ADR 0031).
    /// </summary>
    [Id(20)] public int? Replaces { get; init; }
    /// <summary>When its files were deleted, because it learned from feedback that was withdrawn.</summary>
    [Id(21)] public DateTimeOffset? RemovedAt { get; init; }
    /// <summary>W3C traceparent of the training run that made it, where one was traced: the swap on each silo is part of that trace.</summary>
    [Id(30), JsonIgnore] public string? TraceParent { get; init; }
}
