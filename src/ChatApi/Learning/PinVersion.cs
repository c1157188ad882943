using System.Security.Claims;
using ChatLoop.Contracts.Checkpoints;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Learning;

public static class PinVersion
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapPost("/{version:int}/pin", Pin)
            .WithSummary("Keeps the live version live: no run starts, and what passes the gate is held.");
        group.MapPost("/{version:int}/unpin", Unpin)
            .WithSummary("Lets learning go on.");
    }

    private static async Task<Ok<VersionPin>> Pin(int version, OrderReason why, ClaimsPrincipal user, IGrainFactory grains) =>
        TypedResults.Ok(await grains.GetGrain<ICheckpointRegistryGrain>(ModelName.Default).Pin(version, why.Checked(), user.Decides()));

    private static async Task<NoContent> Unpin(int version, OrderReason why, ClaimsPrincipal user, IGrainFactory grains)
    {
        await grains.GetGrain<ICheckpointRegistryGrain>(ModelName.Default).Unpin(version, why.Checked(), user.Decides());
        return TypedResults.NoContent();
    }
}
