using System.Security.Claims;
using ChatLoop.ChatApi.Limits;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.Contracts.Conversations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Conversations;

public static class AnswerAgain
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/{conversationId}/answers", Handle)
        .RequireRateLimiting(CallRateLimiter.Answers)
        .WithSummary("Another answer to a user turn: a regeneration, or with compareWithTurnId the other half of a blind pair.");

    private static async Task<Accepted<RunReceipt>> Handle(
        string conversationId, AnswerRequest request, ClaimsPrincipal user, IGrainFactory grains, ConversationNotifier notifier)
    {
        Ids.RequireValid(request.RequestId, "requestId");
        Ids.RequireKnownShape(request.UserTurnId, "turn to answer");
        if (request.CompareWithTurnId is not null) Ids.RequireKnownShape(request.CompareWithTurnId, "answer to compare with");
        var calls = ConversationCalls.For(user, conversationId, grains);
        var receipt = await calls.Grain.Answer(calls.UserId, request);
        notifier.RunStarted(calls, receipt.RunId);
        return SendMessageToConversation.Started(calls, receipt);
    }
}
