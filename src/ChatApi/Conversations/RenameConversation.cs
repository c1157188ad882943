using System.Security.Claims;
using ChatLoop.ChatApi.Notifications;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Conversations;

public sealed record NewTitle(string Title);

public static class RenameConversation
{
    public static void Map(RouteGroupBuilder group) => group.MapPatch("/{conversationId}", Handle).WithSummary("Renames a conversation.");

    private static async Task<NoContent> Handle(
        string conversationId, NewTitle request, ClaimsPrincipal user, IGrainFactory grains, ConversationNotifier notifier)
    {
        var calls = ConversationCalls.For(user, conversationId, grains);
        await calls.Grain.Rename(calls.UserId, request.Title);
        notifier.Changed(calls);
        return TypedResults.NoContent();
    }
}
