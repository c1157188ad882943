using System.Security.Claims;
using ChatLoop.ChatApi.Conversations;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.Contracts.Feedback;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Feedback;

/// <summary>A judgement's body; its id, the idempotency key, is in the path.</summary>
public sealed record Judgement(
    FeedbackKind Kind, string ConversationId, string? TurnId = null, string? ComparisonId = null,
    Thumb? Thumb = null, PairVerdict? Verdict = null, string? Comment = null,
    AnswerRanks? Ranks = null, int? Stars = null, string? Text = null, string? UserTurnId = null)
{
    public FeedbackSubmission WithId(string feedbackId) => new()
    {
        FeedbackId = feedbackId,
        Kind = Kind,
        ConversationId = ConversationId,
        TurnId = TurnId,
        ComparisonId = ComparisonId,
        Thumb = Thumb,
        Verdict = Verdict,
        Comment = Comment?.Trim(),
        Ranks = Ranks,
        Stars = Stars,
        Text = Text?.Trim(),
        UserTurnId = UserTurnId,
    };
}

public static class GiveFeedback
{
    public static void Map(RouteGroupBuilder group) => group.MapPut("/feedback/{feedbackId}", Handle)
        .WithSummary("Gives a thumb, verdict, ranking, rating, correction, demonstration or comment. Answers once it is durable; the same id and body again changes nothing.");

    private static async Task<Ok<FeedbackStatus>> Handle(
        string feedbackId, Judgement judgement, ClaimsPrincipal user, IGrainFactory grains,
        FeedbackNotifier feedbackNotifier, ConversationNotifier conversationNotifier)
    {
        var userId = user.RequiredUserId();
        var status = await grains.LedgerOf(userId).Record(userId, judgement.WithId(feedbackId));
        await feedbackNotifier.Changed(userId, status);
        // The ledger has ended the blind: other tabs show the versions now.
        if (judgement.ComparisonId is not null) conversationNotifier.Changed(ConversationCalls.For(user, judgement.ConversationId, grains));
        return TypedResults.Ok(status);
    }
}
