using System.Security.Claims;
using ChatLoop.ChatApi.Limits;
using ChatLoop.ChatApi.Notifications;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Conversations;

public sealed record NewTitle(string Title);

public static class RenameConversation
{
    public static void Map(RouteGroupBuilder group) => group.MapPatch("/{conversationId}", Handle).WithSummary("Renames a conversation.");

    private static async Task<NoContent> Handle(
        string conversationId, NewTitle request, ClaimsPrincipal user, IGrainFactory grains, IOptions<RequestLimits> limits, ConversationNotifier notifier)
    {
        var calls = ConversationCalls.For(user, conversationId, grains);
        await calls.Grain.Rename(calls.UserId, Title.Check(request.Title, limits.Value));
        notifier.Changed(calls);
        return TypedResults.NoContent();
    }
}
