using System.Security.Claims;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Learning;
using ChatLoop.ChatApi.Limits;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Review;

/// <summary>One verdict, or all of a group.</summary>
public sealed record ReviewDecision(IReadOnlyList<string> FeedbackIds, bool Accept);

public static partial class ReviewSetAsideVotes
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/votes", Handle)
        .WithSummary("Accepts verdicts that were set aside, which are used from then on, or rejects them, which are kept unused. All of them or none; the ledger keeps who decided.");

    private static async Task<NoContent> Handle(ReviewDecision decision, ClaimsPrincipal user, IGrainFactory grains, ILogger<ReviewDecision> logger)
    {
        if (decision.FeedbackIds.Count == 0) throw ChatLoopException.Invalid("'feedbackIds' is empty: name the verdicts.");
        foreach (var id in decision.FeedbackIds) Ids.RequireKnownShape(id, "verdict");
        await grains.GetGrain<IQuarantineGrain>(ModelName.Default).Review(new(decision.FeedbackIds, decision.Accept, user.RequiredUserId(), user.Decides()));
        LogReviewed(logger, user.Decides(), decision.Accept ? "accepted" : "rejected", decision.FeedbackIds.Count);
        return TypedResults.NoContent();
    }

    [LoggerMessage(LogLevel.Information, "'{Reviewer}' {Decision} {Count} verdicts that had been set aside.")]
    private static partial void LogReviewed(ILogger logger, string reviewer, string decision, int count);
}
