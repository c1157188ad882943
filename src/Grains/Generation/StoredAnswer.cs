using System.Collections.Immutable;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;

namespace ChatLoop.Grains.Generation;

/// <summary>An answer, or the part of it that was logged, with what training needs to know of its tokens.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.StoredAnswer")]
public sealed record StoredAnswer
{
    public static StoredAnswer Empty { get; } = new();

    [Id(0)] public string Text { get; init; } = "";
    [Id(1)] public ImmutableArray<int> Tokens { get; init; } = [];
    [Id(2)] public ImmutableArray<float> LogProbabilities { get; init; } = [];
    [Id(3)] public ImmutableArray<VersionSpan> Versions { get; init; } = [];
    /// <summary>Number of the run's newest event when this was stored.</summary>
    [Id(4)] public int LastSeq { get; init; }
    [Id(5)] public FinishReason? Finish { get; init; }
    /// <summary>Answers out of which this one was chosen; 0 or 1 for one that was shown as sampled.</summary>
    [Id(6)] public int Candidates { get; init; }
    /// <summary>Of a chosen answer, the seed that it was sampled with; null where it is the turn's.</summary>
    [Id(7)] public long? Seed { get; init; }
}
