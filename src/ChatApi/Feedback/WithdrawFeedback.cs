using System.Security.Claims;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Limits;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.Contracts.Feedback;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Feedback;

public static class WithdrawFeedback
{
    public static void Map(RouteGroupBuilder group) => group.MapDelete("/feedback/{feedbackId}", Handle)
        .WithSummary("Takes a judgement back, with those of the same answer that it had replaced: no later batch uses them, and what they said is erased.");

    private static async Task<Ok<FeedbackStatus>> Handle(string feedbackId, ClaimsPrincipal user, IGrainFactory grains, FeedbackNotifier notifier)
    {
        Ids.RequireKnownShape(feedbackId, "judgement");
        var userId = user.RequiredUserId();
        var status = await grains.LedgerOf(userId).Withdraw(userId, feedbackId);
        await notifier.Changed(userId, status);
        return TypedResults.Ok(status);
    }
}
