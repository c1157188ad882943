using System.Security.Claims;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.Contracts.Conversations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Conversations;

public sealed record NewConversation(string? Title = null);

public static class CreateConversation
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("", Handle).WithSummary("Starts an empty conversation.");

    private static async Task<Created<ConversationSnapshot>> Handle(
        NewConversation? request, ClaimsPrincipal user, IGrainFactory grains, ConversationNotifier notifier)
    {
        var calls = ConversationCalls.For(user, Guid.NewGuid().ToString(), grains);
        var snapshot = await calls.Grain.Create(calls.UserId, request?.Title);
        notifier.Changed(calls);
        return TypedResults.Created($"{ApiPaths.Version1}/conversations/{calls.ConversationId}", snapshot);
    }
}
