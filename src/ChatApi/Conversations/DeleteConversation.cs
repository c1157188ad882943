using System.Security.Claims;
using ChatLoop.ChatApi.Notifications;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Conversations;

public static class DeleteConversation
{
    public static void Map(RouteGroupBuilder group) => group.MapDelete("/{conversationId}", Handle)
        .WithSummary("Deletes a conversation's text. Feedback on it stays until it is withdrawn.");

    private static async Task<NoContent> Handle(string conversationId, ClaimsPrincipal user, IGrainFactory grains, ConversationNotifier notifier)
    {
        var calls = ConversationCalls.For(user, conversationId, grains);
        await calls.Grain.Delete(calls.UserId);
        notifier.Changed(calls);
        return TypedResults.NoContent();
    }
}
