using System.Security.Claims;
using ChatLoop.ChatApi.Limits;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Conversations;

/// <param name="RequestId">Made by the client: a repeated call with it returns the first receipt.</param>
/// <param name="ParentTurnId">The answer that it follows; null to start the conversation, or to start it anew by editing the first message.</param>
public sealed record MessageRequest(string RequestId, string Text, string? ParentTurnId = null, SamplingParameters? Sampling = null);

public static class SendMessageToConversation
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/{conversationId}/messages", Handle)
        .RequireRateLimiting(CallRateLimiter.Answers)
        .WithSummary("Sends a message and starts its answer. The same requestId again returns the first receipt.");

    private static async Task<Accepted<RunReceipt>> Handle(
        string conversationId, MessageRequest message, ClaimsPrincipal user, IGrainFactory grains, ConversationNotifier notifier)
    {
        var calls = ConversationCalls.For(user, conversationId, grains);
        var receipt = await calls.Grain.Send(calls.UserId, new SendMessage(message.RequestId, message.Text, message.ParentTurnId, message.Sampling));
        notifier.RunStarted(calls, receipt.RunId);
        return Started(calls, receipt);
    }

    internal static Accepted<RunReceipt> Started(ConversationCalls calls, RunReceipt receipt) =>
        TypedResults.Accepted($"{ApiPaths.Version1}/conversations/{calls.ConversationId}/runs/{receipt.RunId}/events", receipt);
}
