using System.Security.Claims;
using ChatLoop.ChatApi.Conversations;
using ChatLoop.ChatApi.Limits;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Feedback;

/// <summary>A judgement's body; its id, the idempotency key, is in the path.</summary>
public sealed record Judgement(
    FeedbackKind Kind, string ConversationId, string? TurnId = null, string? ComparisonId = null,
    Thumb? Thumb = null, PairVerdict? Verdict = null, string? Comment = null);

public static class GiveFeedback
{
    public static void Map(RouteGroupBuilder group) => group.MapPut("/feedback/{feedbackId}", Handle)
        .WithSummary("Gives a thumb or a verdict. Answers once it is durable; the same id and body again changes nothing.");

    private static async Task<Ok<FeedbackStatus>> Handle(
        string feedbackId, Judgement judgement, ClaimsPrincipal user, IGrainFactory grains,
        FeedbackNotifier feedbackNotifier, ConversationNotifier conversationNotifier)
    {
        var submission = Submission(feedbackId, judgement);
        var calls = ConversationCalls.For(user, submission.ConversationId, grains);
        var status = await grains.LedgerOf(calls.UserId).Record(calls.UserId, submission);
        feedbackNotifier.Refresh(calls.UserId);
        if (submission is { Kind: FeedbackKind.Pair, ComparisonId: { } comparisonId })
        {
            await Reveal(calls, comparisonId);
            conversationNotifier.Changed(calls);
        }
        return TypedResults.Ok(status);
    }

    /// <summary>
    /// Only once the verdict is durable: one given with the versions in view would not be blind. A crash before this is mended by
    /// the client's retry of the same call.
    /// </summary>
    private static async Task Reveal(ConversationCalls calls, string comparisonId)
    {
        try
        {
            await calls.Grain.RevealComparison(calls.UserId, comparisonId);
        }
        catch (ChatLoopException gone) when (gone.Code == ErrorCode.NotFound)
        {
            // The conversation was deleted since: the verdict stays, and there is nothing left to reveal.
        }
    }

    private static FeedbackSubmission Submission(string feedbackId, Judgement judgement)
    {
        Ids.RequireValid(feedbackId, "feedbackId");
        RequireTarget(judgement);
        return new FeedbackSubmission
        {
            FeedbackId = feedbackId,
            Kind = judgement.Kind,
            ConversationId = judgement.ConversationId,
            TurnId = judgement.TurnId,
            ComparisonId = judgement.ComparisonId,
            Thumb = judgement.Thumb,
            Verdict = judgement.Verdict,
            Comment = judgement.Comment?.Trim() is { Length: > 0 } comment ? comment : null,
        };
    }

    private static void RequireTarget(Judgement judgement)
    {
        switch (judgement)
        {
            case { Kind: FeedbackKind.Thumb, TurnId: { } turnId, Thumb: not null, ComparisonId: null, Verdict: null }:
                Ids.RequireKnownShape(turnId, "answer");
                break;
            case { Kind: FeedbackKind.Pair, ComparisonId: { } comparisonId, Verdict: not null, TurnId: null, Thumb: null }:
                Ids.RequireKnownShape(comparisonId, "comparison");
                break;
            case { Kind: FeedbackKind.Thumb }:
                throw ChatLoopException.Invalid("A thumb needs 'turnId' and 'thumb' (up or down), and neither 'comparisonId' nor 'verdict'.");
            default:
                throw ChatLoopException.Invalid(
                    "A pair needs 'comparisonId' and 'verdict' (left, right, tie, bothBad or skip), and neither 'turnId' nor 'thumb'.");
        }
    }
}
