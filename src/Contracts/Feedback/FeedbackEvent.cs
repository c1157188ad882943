using ChatLoop.Contracts.Forgetting;

namespace ChatLoop.Contracts.Feedback;

/// <summary>
/// A thumb, a rating, a correction and a comment are about one answer; a pair and a ranking about the answers of a comparison; a
/// demonstration is the user's own answer to a message.
/// </summary>
public enum FeedbackKind { Thumb, Pair, Ranking, Rating, Correction, Demonstration, Comment }

public enum Thumb { Up, Down }

/// <summary>What the user said of two answers. Left and Right are what the user saw.</summary>
public enum PairVerdict { Left, Right, Tie, BothBad, Skip }

/// <summary>
/// One judgement. The id is made by the client and is the idempotency key: the same id with the same content is the same event,
/// with other content it is refused. A newer judgement of the same target by the same user supersedes the older one.
/// </summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.FeedbackSubmission")]
public sealed record FeedbackSubmission
{
    [Id(0)] public required string FeedbackId { get; init; }
    [Id(1)] public required FeedbackKind Kind { get; init; }
    [Id(2)] public required string ConversationId { get; init; }
    /// <summary>The judged answer; for a demonstration the answer that it was begun from, if any.</summary>
    [Id(3)] public string? TurnId { get; init; }
    /// <summary>The issued comparison, for a verdict or a ranking.</summary>
    [Id(4)] public string? ComparisonId { get; init; }
    [Id(5)] public Thumb? Thumb { get; init; }
    [Id(6)] public PairVerdict? Verdict { get; init; }
    /// <summary>Words, at most 2,000 characters; optional unless the kind is comment.</summary>
    [Id(7)] public string? Comment { get; init; }
    /// <summary>For a ranking.</summary>
    [Id(8)] public AnswerRanks? Ranks { get; init; }
    /// <summary>For a rating: 1 (bad) to 5 (very good).</summary>
    [Id(9)] public int? Stars { get; init; }
    /// <summary>The corrected answer, or the demonstrated one.</summary>
    [Id(10)] public string? Text { get; init; }
    /// <summary>The message that a demonstration answers.</summary>
    [Id(11)] public string? UserTurnId { get; init; }
}

/// <summary>Where a judgement stands. Each state is shown to the user who gave it.</summary>
public enum FeedbackState
{
    /// <summary>Durable, waiting for the next batch.</summary>
    Recorded,
    /// <summary>Part of the batch that is being trained on.</summary>
    InTraining,
    /// <summary>A version that is or was live learned from it (<see cref="FeedbackStatus.LearnedInVersion"/>).</summary>
    Learned,
    /// <summary>A newer judgement of the same target replaced it.</summary>
    Superseded,
    /// <summary>Taken back by the user: used by no later batch, and its words are erased.</summary>
    Withdrawn,
    /// <summary>Kept but not used: consent is missing or declined.</summary>
    NotUsed,
    /// <summary>Kept, and used by nothing until a reviewer has looked at it.</summary>
    WaitsForReview,
    /// <summary>Kept, and used by nothing: a reviewer has looked at it.</summary>
    Rejected,
}

[GenerateSerializer, Immutable, Alias("ChatLoop.FeedbackStatus")]
public sealed record FeedbackStatus
{
    [Id(0)] public required FeedbackSubmission Submission { get; init; }
    /// <summary>Position in the append-only ledger.</summary>
    [Id(1)] public required long Sequence { get; init; }
    [Id(2)] public required DateTimeOffset RecordedAt { get; init; }
    [Id(3)] public required FeedbackState State { get; init; }
    /// <summary>The first promoted version whose batch held it.</summary>
    [Id(4)] public int? LearnedInVersion { get; init; }
    /// <summary>Which versions know it, by their own run or an ancestor's; null while none that served does.</summary>
    [Id(5)] public FeedbackLineage? Lineage { get; init; }
}

[GenerateSerializer, Immutable, Alias("ChatLoop.FeedbackCounts")]
public sealed record FeedbackCounts
{
    /// <summary>Current judgements (not superseded, not withdrawn) by kind; a skip is none.</summary>
    [Id(0)] public int ThumbsUp { get; init; }
    [Id(1)] public int ThumbsDown { get; init; }
    [Id(2)] public int Pairs { get; init; }
    /// <summary>
    /// Pairs of answers in current judgements that consent allows to be used and that no batch has held yet. A correction counts as
    /// one, a ranking of n answers as n - 1: that many choices it took.
    /// </summary>
    [Id(3)] public int NewPairs { get; init; }
    [Id(4)] public int Withdrawn { get; init; }
    [Id(5)] public long LastSequence { get; init; }
    /// <summary>
    /// Verdicts and rankings that say which of the model's answers is better, one each, whether a batch has held them or not: what
    /// the gate counts. A corrected answer is better too, but a reward model tells it by its style, so that it proves nothing.
    /// </summary>
    [Id(6)] public int DecidedPairs { get; init; }
    [Id(7)] public int Rankings { get; init; }
    [Id(8)] public int Ratings { get; init; }
    [Id(9)] public int Corrections { get; init; }
    [Id(10)] public int Demonstrations { get; init; }
    [Id(11)] public int Comments { get; init; }
    /// <summary>Current judgements that wait for review.</summary>
    [Id(12)] public int WaitingForReview { get; init; }
}
