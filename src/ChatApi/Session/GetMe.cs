using System.Security.Claims;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Identity;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Session;

/// <summary>The caller, and the checkpoint that answers them now.</summary>
/// <param name="Name">Null for a visitor.</param>
public sealed record Me(string UserId, string? Name, Role Role, TrainingConsent Consent, CheckpointRecord Live);

public static class GetMe
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("", Handle).RequireAuthorization(Doors.Me)
        .WithSummary("Who am I? The first call gives a visitor an identity: keep its cookie.");

    private static async Task<Ok<Me>> Handle(ClaimsPrincipal user, IGrainFactory grains)
    {
        var userId = user.RequiredUserId();
        var consent = grains.GetGrain<IUserGrain>(userId).GetConsent();
        var live = grains.GetGrain<ICheckpointRegistryGrain>(ModelName.Default).GetLive();
        return TypedResults.Ok(new Me(userId, user.Name(), user.Role(), await consent, await live));
    }
}
