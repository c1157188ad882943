using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;

namespace ChatLoop.Grains.Feedback;

public enum LedgerEventKind
{
    Thumb, Pair, Withdrawal, Consent, Ranking, Rating, Correction, Demonstration, Comment,
    /// <summary>A judgement waits for review; its user is the one who gave it.</summary>
    SetAside,
    /// <summary>Of what was set aside; its user is the reviewer.</summary>
    Acceptance,
    /// <inheritdoc cref="Acceptance"/>
    Rejection,
}

/// <summary>
/// One entry of the append-only ledger. The database refuses to change or delete one (ADR 0006), but for the erasure of what a withdrawn
/// judgement's entry says (ADR 0030).
/// </summary>
public sealed class LedgerEvent
{
    /// <summary>1, 2, 3 … in order of commit.</summary>
    public required long Sequence { get; init; }
    public required LedgerEventKind Kind { get; init; }
    public required string UserId { get; init; }
    /// <summary>The judgement that is given or withdrawn.</summary>
    public string? FeedbackId { get; init; }
    /// <summary>What is judged: an answer's, a comparison's or, for a demonstration, a message's id.</summary>
    public string? TargetId { get; init; }
    /// <summary>Null also once the judgement was withdrawn.</summary>
    public string? Comment { get; init; }
    /// <summary>The judgement that this one replaces.</summary>
    public string? Supersedes { get; init; }
    /// <summary>JSON of a <see cref="JudgementPayload"/>, <see cref="ConsentPayload"/>, <see cref="SetAsidePayload"/> or <see cref="ReviewPayload"/>; null also once the judgement was withdrawn.</summary>
    public string? Payload { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public static LedgerEvent WithdrawalOf(Judgement judgement, long sequence, DateTimeOffset now) => new()
    {
        Sequence = sequence,
        Kind = LedgerEventKind.Withdrawal,
        UserId = judgement.UserId,
        FeedbackId = judgement.FeedbackId,
        TargetId = judgement.TargetId,
        CreatedAt = now,
    };

    /// <summary>What others than its user say of a judgement.</summary>
    public static LedgerEvent About(Judgement judgement, LedgerEventKind kind, string userId, string payload, long sequence, DateTimeOffset now) => new()
    {
        Sequence = sequence,
        Kind = kind,
        UserId = userId,
        FeedbackId = judgement.FeedbackId,
        TargetId = judgement.TargetId,
        Payload = payload,
        CreatedAt = now,
    };

    public static LedgerEventKind KindOf(FeedbackKind kind) => kind switch
    {
        FeedbackKind.Thumb => LedgerEventKind.Thumb,
        FeedbackKind.Pair => LedgerEventKind.Pair,
        FeedbackKind.Ranking => LedgerEventKind.Ranking,
        FeedbackKind.Rating => LedgerEventKind.Rating,
        FeedbackKind.Correction => LedgerEventKind.Correction,
        FeedbackKind.Demonstration => LedgerEventKind.Demonstration,
        _ => LedgerEventKind.Comment,
    };
}

/// <summary>All that training needs of a judgement, so that it never has to ask the conversation again.</summary>
public sealed record JudgementPayload(FeedbackSubmission Submission, RatedContext Context);

public sealed record ConsentPayload(bool Granted);

/// <summary>Why a judgement waits, and with which others.</summary>
public sealed record SetAsidePayload(string GroupId, SetAsideReason Reason);

public sealed record ReviewPayload(string Reviewer);
