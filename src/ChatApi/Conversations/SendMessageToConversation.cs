using System.Globalization;
using System.Security.Claims;
using ChatLoop.ChatApi.Limits;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Conversations;

public static class SendMessageToConversation
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/{conversationId}/messages", Handle)
        .RequireRateLimiting(CallRateLimiter.Answers)
        .WithSummary("Sends a message and starts its answer. The same requestId again returns the first receipt.");

    private static async Task<Accepted<RunReceipt>> Handle(
        string conversationId, SendMessage message, ClaimsPrincipal user, IGrainFactory grains, IOptions<RequestLimits> limits, ConversationNotifier notifier)
    {
        Ids.RequireValid(message.RequestId, "requestId");
        if (message.ParentTurnId is not null) Ids.RequireKnownShape(message.ParentTurnId, "turn to follow");
        RequireText(message.Text, limits.Value.MessageCharacters);
        var calls = ConversationCalls.For(user, conversationId, grains);
        var receipt = await calls.Grain.Send(calls.UserId, message);
        notifier.RunStarted(calls, receipt.RunId);
        return Started(calls, receipt);
    }

    internal static Accepted<RunReceipt> Started(ConversationCalls calls, RunReceipt receipt) =>
        TypedResults.Accepted($"{ApiPaths.Version1}/conversations/{calls.ConversationId}/runs/{receipt.RunId}/events", receipt);

    private static void RequireText(string text, int limit)
    {
        if (string.IsNullOrWhiteSpace(text)) throw ChatLoopException.Invalid("'text' is empty: write a message first.");
        if (text.Length > limit)
            throw new ChatLoopException(ErrorCode.TooLarge, string.Create(CultureInfo.InvariantCulture,
                $"The message has {text.Length} characters; the limit is {limit} (Limits:MessageCharacters). Shorten it or send it in parts."));
    }
}
