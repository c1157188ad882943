using System.Security.Claims;
using ChatLoop.ChatApi.Identity;
using ChatLoop.Contracts.Conversations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Conversations;

public static class ListConversations
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("", Handle).WithSummary("My conversations, newest first.");

    private static async Task<Ok<IReadOnlyList<ConversationSummary>>> Handle(ClaimsPrincipal user, IGrainFactory grains) =>
        TypedResults.Ok(await grains.GetGrain<IConversationIndexGrain>(user.RequiredUserId()).List());
}
