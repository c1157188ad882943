using System.Security.Claims;
using ChatLoop.Contracts.Checkpoints;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Learning;

public static class MakeVersionLive
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/{version:int}/live", Handle)
        .WithSummary("Makes a version live that was live before, is on trial, or is held: roll back, or promote.");

    private static async Task<Ok<CheckpointRecord>> Handle(int version, OrderReason why, ClaimsPrincipal user, IGrainFactory grains) =>
        TypedResults.Ok(await grains.GetGrain<ICheckpointRegistryGrain>(ModelName.Default).MakeLive(version, why.Checked(), user.Decides()));
}
