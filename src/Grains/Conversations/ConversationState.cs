using System.Collections.Immutable;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Grains.Generation;

namespace ChatLoop.Grains.Conversations;

/// <summary>A conversation as it is stored: the tree of turns, with each answer's tokens, and the pairs that were issued.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.ConversationState")]
public sealed record ConversationState
{
    /// <summary>Null until it is created.</summary>
    [Id(0)] public string? Owner { get; init; }
    /// <summary>Null until the user or the first message names it.</summary>
    [Id(1)] public string? Title { get; init; }
    [Id(2)] public DateTimeOffset CreatedAt { get; init; }
    [Id(3)] public DateTimeOffset UpdatedAt { get; init; }
    /// <summary>A deleted conversation keeps its owner and nothing else, so that its id cannot come back to life.</summary>
    [Id(4)] public bool Deleted { get; init; }
    [Id(5)] public ImmutableList<StoredTurn> Turns { get; init; } = [];
    [Id(6)] public ImmutableList<Comparison> Comparisons { get; init; } = [];
}

/// <summary>A turn as it is stored, with what the snapshot hides.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.StoredTurn")]
public sealed record StoredTurn
{
    [Id(0)] public required string TurnId { get; init; }
    [Id(1)] public string? ParentTurnId { get; init; }
    [Id(2)] public required TurnRole Role { get; init; }
    [Id(3)] public TurnStatus Status { get; init; }
    [Id(4)] public DateTimeOffset CreatedAt { get; init; }
    /// <summary>The request that made it.</summary>
    [Id(5)] public required string RequestId { get; init; }
    /// <summary>Text of a user turn.</summary>
    [Id(6)] public string Message { get; init; } = "";
    [Id(7)] public string? RunId { get; init; }
    /// <summary>For an answer; the seed is always set.</summary>
    [Id(8)] public SamplingParameters? Sampling { get; init; }
    [Id(9)] public StoredAnswer Answer { get; init; } = StoredAnswer.Empty;

    /// <summary>The older answer that this one was asked for to be compared with.</summary>
    [Id(10)] public string? ComparedTurnId { get; init; }
    /// <summary>The comparison that this one was asked for as a further answer.</summary>
    [Id(11)] public string? JoinedComparisonId { get; init; }

    public string Text => Role == TurnRole.User ? Message : Answer.Text;

    /// <summary>The answer can be judged: all that the user will ever see of it is there.</summary>
    public bool IsFinished => Role == TurnRole.Assistant && Status is TurnStatus.Complete or TurnStatus.Stopped;

    /// <summary>With the seed that gives this answer again.</summary>
    public SamplingParameters? SampledWith => Answer.Seed is { } seed ? Sampling! with { Seed = seed } : Sampling;

    public bool WasAskedBy(AnswerRequest request) => ComparedTurnId == request.CompareWithTurnId && JoinedComparisonId == request.ComparisonId;

    /// <param name="blind">Hides the versions.</param>
    public Turn ToTurn(bool blind) => new()
    {
        TurnId = TurnId,
        ParentTurnId = ParentTurnId,
        Role = Role,
        Text = Text,
        Status = Status,
        CreatedAt = CreatedAt,
        RunId = RunId,
        Versions = blind ? [] : Answer.Versions,
        Sampling = SampledWith,
        Finish = Answer.Finish,
        TokenCount = Answer.Tokens.Length,
    };

    public RatedAnswer ToRatedAnswer() => new()
    {
        TurnId = TurnId,
        Text = Text,
        Tokens = Answer.Tokens,
        LogProbabilities = Answer.LogProbabilities,
        Versions = Answer.Versions,
        Sampling = SampledWith ?? new(),
        Finish = Answer.Finish,
        Candidates = Answer.Candidates,
    };
}

/// <summary>The logged parts of answers that are being written, by turn: what is left of them after a crash.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.DraftsState")]
public sealed record DraftsState
{
    [Id(0)] public ImmutableDictionary<string, StoredAnswer> Drafts { get; init; } = ImmutableDictionary<string, StoredAnswer>.Empty;
}
