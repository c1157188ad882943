using System.Security.Claims;
using ChatLoop.ChatApi.Limits;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Conversations;

/// <param name="RequestId">Made by the client: a repeated call with it returns the first receipt.</param>
/// <param name="UserTurnId">The user turn to answer again.</param>
/// <param name="CompareWithTurnId">The finished answer to compare with; without it and <paramref name="ComparisonId"/> it is a regeneration.</param>
/// <param name="ComparisonId">The open comparison of two or three answers that this one joins, to be ranked.</param>
public sealed record FurtherAnswer(
    string RequestId, string UserTurnId, string? CompareWithTurnId = null, SamplingParameters? Sampling = null, string? ComparisonId = null);

public static class AnswerAgain
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/{conversationId}/answers", Handle)
        .RequireRateLimiting(CallRateLimiter.Answers)
        .WithSummary("Another answer to a user turn: a regeneration, with compareWithTurnId the other half of a blind pair, with comparisonId a further answer to rank.");

    private static async Task<Accepted<RunReceipt>> Handle(
        string conversationId, FurtherAnswer request, ClaimsPrincipal user, IGrainFactory grains, ConversationNotifier notifier)
    {
        var calls = ConversationCalls.For(user, conversationId, grains);
        var receipt = await calls.Grain.Answer(
            calls.UserId, new AnswerRequest(request.RequestId, request.UserTurnId, request.CompareWithTurnId, request.Sampling, request.ComparisonId));
        notifier.RunStarted(calls, receipt.RunId);
        return SendMessageToConversation.Started(calls, receipt);
    }
}
