using System.Security.Claims;
using ChatLoop.ChatApi.Limits;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Conversations;

/// <param name="SeenSeq">The last event that the user had seen; 0 for none.</param>
public sealed record StopAt(int SeenSeq);

public static class StopRun
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/{conversationId}/runs/{runId}/stop", Handle)
        .WithSummary("Ends a run. The stored text ends where the user saw it end.");

    private static async Task<Ok<Turn>> Handle(string conversationId, string runId, StopAt at, ClaimsPrincipal user, IGrainFactory grains) =>
        TypedResults.Ok(await Stop(ConversationCalls.For(user, conversationId, grains), runId, at.SeenSeq));

    /// <summary>The same over HTTP and the hub.</summary>
    internal static Task<Turn> Stop(ConversationCalls calls, string runId, int seenSeq)
    {
        Ids.RequireKnownShape(runId, "run");
        return seenSeq >= 0
            ? calls.Grain.Stop(calls.UserId, runId, seenSeq)
            : throw ChatLoopException.Invalid("'seenSeq' is the number of the last event that was seen: 0 or more.");
    }
}
