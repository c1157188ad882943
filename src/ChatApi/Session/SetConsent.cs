using System.Security.Claims;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.Contracts.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Session;

public sealed record ConsentChoice(bool Granted);

public static class SetConsent
{
    public static void Map(RouteGroupBuilder group) => group.MapPut("/consent", Handle).RequireAuthorization(Doors.Feedback)
        .WithSummary("May feedback be used for training? Applies to what was given and to what will be.");

    private static async Task<NoContent> Handle(ConsentChoice choice, ClaimsPrincipal user, IGrainFactory grains, FeedbackNotifier notifier)
    {
        var userId = user.RequiredUserId();
        await grains.GetGrain<IUserGrain>(userId).SetConsent(choice.Granted ? TrainingConsent.Granted : TrainingConsent.Declined);
        notifier.Refresh(userId);
        return TypedResults.NoContent();
    }
}
