using System.Collections.Immutable;

namespace ChatLoop.Contracts.Forgetting;

/// <summary>Where a judgement is in what the service has learned.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.FeedbackLineage")]
public sealed record FeedbackLineage
{
    /// <summary>Versions that served, and whose own run or an ancestor's held the judgement, to train or to check; in order.</summary>
    [Id(0)] public required ImmutableArray<int> Versions { get; init; }
    /// <summary>The live version is one of them.</summary>
    [Id(1)] public bool IsInLive { get; init; }
    /// <summary>The version that went live in the place of the last one of them.</summary>
    [Id(2)] public int? GoneSince { get; init; }
    /// <summary>Of a withdrawn judgement that the live version learned from: when the making of a version without it begins at the latest.</summary>
    [Id(3)] public DateTimeOffset? DueAt { get; init; }

    public bool Equals(FeedbackLineage? other) =>
        other is not null && Versions.AsSpan().SequenceEqual(other.Versions.AsSpan()) && (IsInLive, GoneSince, DueAt) == (other.IsInLive, other.GoneSince, other.DueAt);

    public override int GetHashCode() => HashCode.Combine(Versions.Length, IsInLive, GoneSince, DueAt);
}
