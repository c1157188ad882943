using ChatLoop.Contracts.Generation;

namespace ChatLoop.Contracts.Conversations;

public enum TurnRole { User, Assistant }

public enum TurnStatus { Complete, Generating, Stopped, Interrupted, Failed }

/// <summary>Tokens from <paramref name="FirstToken"/> up to the next span come from <paramref name="Version"/>.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.VersionSpan")]
public sealed record VersionSpan([property: Id(0)] int FirstToken, [property: Id(1)] int Version);

/// <summary>One message of a conversation. Turns form a tree: editing or regenerating adds a sibling, nothing is overwritten.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.Turn")]
public sealed record Turn
{
    [Id(0)] public required string TurnId { get; init; }
    /// <summary>Null for the first turn of a branch.</summary>
    [Id(1)] public string? ParentTurnId { get; init; }
    [Id(2)] public required TurnRole Role { get; init; }
    [Id(3)] public string Text { get; init; } = "";
    [Id(4)] public TurnStatus Status { get; init; }
    [Id(5)] public DateTimeOffset CreatedAt { get; init; }
    /// <summary>The run that writes or wrote this answer; null for user turns.</summary>
    [Id(6)] public string? RunId { get; init; }
    /// <summary>Which checkpoint made which tokens. Empty while blind (see <see cref="Comparison"/>) and for user turns.</summary>
    [Id(7)] public IReadOnlyList<VersionSpan> Versions { get; init; } = [];
    [Id(8)] public SamplingParameters? Sampling { get; init; }
    [Id(9)] public FinishReason? Finish { get; init; }
    /// <summary>Tokens of an answer.</summary>
    [Id(10)] public int TokenCount { get; init; }
}

/// <summary>
/// Two to four answers to one user turn, shown side by side: two in a random order that is fixed when the pair is issued, a third
/// and a fourth after them. Versions stay hidden until the verdict.
/// </summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.Comparison")]
public sealed record Comparison
{
    [Id(0)] public required string ComparisonId { get; init; }
    /// <summary>The answer shown on the left ("1").</summary>
    [Id(1)] public required string LeftTurnId { get; init; }
    /// <summary>The answer shown on the right ("2").</summary>
    [Id(2)] public required string RightTurnId { get; init; }
    [Id(3)] public DateTimeOffset IssuedAt { get; init; }
    /// <summary>True once a verdict (also a tie, also a skip) was given: the blind ends.</summary>
    [Id(4)] public bool Decided { get; init; }
    /// <summary>The third and the fourth answer, which make it a ranking.</summary>
    [Id(5)] public IReadOnlyList<string> MoreTurnIds { get; init; } = [];
}

[GenerateSerializer, Immutable, Alias("ChatLoop.ConversationSnapshot")]
public sealed record ConversationSnapshot
{
    [Id(0)] public required string ConversationId { get; init; }
    [Id(1)] public required string Title { get; init; }
    [Id(2)] public DateTimeOffset CreatedAt { get; init; }
    [Id(3)] public DateTimeOffset UpdatedAt { get; init; }
    /// <summary>Parents before children, siblings in order of creation.</summary>
    [Id(4)] public IReadOnlyList<Turn> Turns { get; init; } = [];
    [Id(5)] public IReadOnlyList<Comparison> Comparisons { get; init; } = [];
}

/// <summary>One row of a user's list.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.ConversationSummary")]
public sealed record ConversationSummary(
    [property: Id(0)] string ConversationId,
    [property: Id(1)] string Title,
    [property: Id(2)] DateTimeOffset CreatedAt,
    [property: Id(3)] DateTimeOffset UpdatedAt);
