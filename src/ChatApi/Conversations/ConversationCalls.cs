using System.Security.Claims;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Limits;
using ChatLoop.Contracts.Conversations;

namespace ChatLoop.ChatApi.Conversations;

/// <summary>One user's calls to one conversation, over HTTP or a hub.</summary>
public sealed record ConversationCalls(string UserId, string ConversationId, IConversationGrain Grain)
{
    /// <exception cref="Contracts.Errors.ChatLoopException">NotFound for an id that we never made: no grain is woken for it.</exception>
    public static ConversationCalls For(ClaimsPrincipal user, string conversationId, IGrainFactory grains)
    {
        Ids.RequireKnownShape(conversationId, "conversation");
        return new(user.RequiredUserId(), conversationId, grains.GetGrain<IConversationGrain>(conversationId));
    }
}
