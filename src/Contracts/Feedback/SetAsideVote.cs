using ChatLoop.Contracts.Conversations;

namespace ChatLoop.Contracts.Feedback;

/// <summary>What became of a verdict that was set aside.</summary>
public enum ReviewState
{
    /// <summary>Not used until a reviewer has decided.</summary>
    Waiting,
    /// <summary>Used like any other.</summary>
    Accepted,
    /// <summary>Kept, and used by nothing.</summary>
    Rejected,
}

/// <summary>Why verdicts were set aside: several people push one phrase (<paramref name="IsFor"/>) or bury it.</summary>
/// <param name="Following">Of the <paramref name="Deciding"/> verdicts of theirs where one answer had the phrase, those that went its way.</param>
/// <param name="Chance">Bound on the probability of so much among honest people.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.SetAsideReason")]
public sealed record SetAsideReason(
    [property: Id(0)] string Phrase,
    [property: Id(1)] bool IsFor,
    [property: Id(2)] int People,
    [property: Id(3)] int Following,
    [property: Id(4)] int Deciding,
    [property: Id(5)] double Chance);

/// <summary>A verdict or ranking that was set aside, as a reviewer sees it: without the name of who gave it.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.SetAsideVote")]
public sealed record SetAsideVote
{
    [Id(0)] public required string FeedbackId { get; init; }
    /// <summary>The same number, the same person; counted from 1 in each group.</summary>
    [Id(1)] public required int Person { get; init; }
    [Id(2)] public required DateTimeOffset RecordedAt { get; init; }
    [Id(3)] public required IReadOnlyList<PromptMessage> Prompt { get; init; }
    /// <summary>In the order in which they were shown.</summary>
    [Id(4)] public required IReadOnlyList<string> Answers { get; init; }
    /// <summary>One for each answer: 1 is the best.</summary>
    [Id(5)] public required IReadOnlyList<int> Ranks { get; init; }
    [Id(6)] public required ReviewState State { get; init; }
    /// <summary>The reviewer's name; null while it waits.</summary>
    [Id(7)] public string? ReviewedBy { get; init; }
    [Id(8)] public DateTimeOffset? ReviewedAt { get; init; }
}

/// <summary>Verdicts that were set aside together.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.SetAsideGroup")]
public sealed record SetAsideGroup(
    [property: Id(0)] string GroupId,
    [property: Id(1)] DateTimeOffset SetAsideAt,
    [property: Id(2)] SetAsideReason Reason,
    [property: Id(3)] IReadOnlyList<SetAsideVote> Votes);

/// <summary>A reviewer's word on verdicts that were set aside.</summary>
/// <param name="FeedbackIds">The verdicts.</param>
/// <param name="Accept">They are used from now on; otherwise they stay unused for good.</param>
/// <param name="ReviewerId">Who decides.</param>
/// <param name="ReviewerName">As other reviewers read it.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.ReviewOrder")]
public sealed record ReviewOrder(
    [property: Id(0)] IReadOnlyList<string> FeedbackIds,
    [property: Id(1)] bool Accept,
    [property: Id(2)] string ReviewerId,
    [property: Id(3)] string ReviewerName);
