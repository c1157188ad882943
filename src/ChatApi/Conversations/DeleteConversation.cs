using System.Security.Claims;
using ChatLoop.ChatApi.Feedback;
using ChatLoop.ChatApi.Notifications;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Conversations;

public static class DeleteConversation
{
    public static void Map(RouteGroupBuilder group) => group.MapDelete("/{conversationId}", Handle)
        .WithSummary("Deletes a conversation's text. Feedback on it stays until it is withdrawn: with withdrawFeedback=true at once.");

    private static async Task<NoContent> Handle(
        string conversationId, ClaimsPrincipal user, IGrainFactory grains, ConversationNotifier notifier, FeedbackNotifier feedbackNotifier,
        bool withdrawFeedback = false)
    {
        var calls = ConversationCalls.For(user, conversationId, grains);
        // First, so that a call that is repeated finds both undone or the conversation gone.
        if (withdrawFeedback)
        {
            await grains.LedgerOf(calls.UserId).WithdrawConversation(calls.UserId, conversationId);
            feedbackNotifier.Refresh(calls.UserId);
        }
        await calls.Grain.Delete(calls.UserId);
        notifier.Changed(calls);
        return TypedResults.NoContent();
    }
}
