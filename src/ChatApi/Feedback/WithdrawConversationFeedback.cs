using System.Security.Claims;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Limits;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.Contracts.Feedback;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Feedback;

public static class WithdrawConversationFeedback
{
    public static void Map(RouteGroupBuilder group) => group.MapDelete("/conversations/{conversationId}/feedback", Handle)
        .WithSummary("Takes all my judgements in a conversation back, at once. Works when the conversation was deleted, too.");

    private static async Task<Ok<IReadOnlyList<FeedbackStatus>>> Handle(
        string conversationId, ClaimsPrincipal user, IGrainFactory grains, FeedbackNotifier notifier)
    {
        Ids.RequireKnownShape(conversationId, "conversation");
        var userId = user.RequiredUserId();
        var withdrawn = await grains.LedgerOf(userId).WithdrawConversation(userId, conversationId);
        notifier.Refresh(userId);
        return TypedResults.Ok(withdrawn);
    }
}
