using System.Security.Claims;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Limits;
using ChatLoop.Contracts.Feedback;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Feedback;

public static class GetFeedbackEffect
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("/feedback/{feedbackId}/effect", Handle)
        .WithSummary("What the version that used my judgement answers and prefers beside the version before it.")
        .RequireRateLimiting(CallRateLimiter.Answers);

    private static async Task<Ok<FeedbackEffect>> Handle(string feedbackId, ClaimsPrincipal user, IGrainFactory grains)
    {
        Ids.RequireKnownShape(feedbackId, "judgement");
        return TypedResults.Ok(await grains.GetGrain<IFeedbackEffectGrain>(feedbackId).Get(user.RequiredUserId()));
    }
}
