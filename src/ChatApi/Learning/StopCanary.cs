using System.Security.Claims;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Learning;

public static class StopCanary
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/{version:int}/stop", Handle)
        .WithSummary("Ends a version's trial: it answers no further message. What it was answering goes on to its end.");

    private static async Task<Ok<CheckpointRecord>> Handle(int version, OrderReason why, ClaimsPrincipal user, IGrainFactory grains)
    {
        var stopped = await grains.GetGrain<ICheckpointRegistryGrain>(ModelName.Default)
            .EndCanary(version, promote: false, why.Checked(), user.Decides());
        return stopped.Stage == CheckpointStage.Rejected
            ? TypedResults.Ok(stopped)
            : throw ChatLoopException.Conflict($"Version {version} is not on trial: only a trial can be stopped.");
    }
}
