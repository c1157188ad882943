using System.Security.Claims;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.Contracts.Feedback;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Feedback;

public static class WithdrawAllFeedback
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/me/withdrawals", Handle)
        .WithSummary("Takes all my judgements back, at once. What I give later is used as my consent says.");

    private static async Task<Ok<IReadOnlyList<FeedbackStatus>>> Handle(ClaimsPrincipal user, IGrainFactory grains, FeedbackNotifier notifier)
    {
        var userId = user.RequiredUserId();
        var withdrawn = await grains.LedgerOf(userId).WithdrawAll(userId);
        notifier.Refresh(userId);
        return TypedResults.Ok(withdrawn);
    }
}
