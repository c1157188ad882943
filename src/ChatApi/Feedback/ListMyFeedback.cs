using System.Security.Claims;
using ChatLoop.ChatApi.Identity;
using ChatLoop.Contracts.Feedback;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Feedback;

public static class ListMyFeedback
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("/me/feedback", Handle)
        .WithSummary("My judgements and what became of them, newest first.");

    private static async Task<Ok<IReadOnlyList<FeedbackStatus>>> Handle(ClaimsPrincipal user, IGrainFactory grains)
    {
        var userId = user.RequiredUserId();
        return TypedResults.Ok(await grains.LedgerOf(userId).List(userId));
    }
}
