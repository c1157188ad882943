using System.Security.Claims;
using ChatLoop.Contracts.Conversations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Conversations;

public static class GetConversation
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("/{conversationId}", Handle).WithSummary("All turns of a conversation.");

    private static async Task<Ok<ConversationSnapshot>> Handle(string conversationId, ClaimsPrincipal user, IGrainFactory grains)
    {
        var calls = ConversationCalls.For(user, conversationId, grains);
        return TypedResults.Ok(await calls.Grain.GetSnapshot(calls.UserId));
    }
}
