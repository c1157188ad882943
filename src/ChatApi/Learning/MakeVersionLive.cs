using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Learning;

public sealed record RollbackReason(string Reason);

public static class MakeVersionLive
{
    private const int ReasonCharacters = 500;

    public static void Map(RouteGroupBuilder group) => group.MapPost("/checkpoints/{version:int}/live", Handle)
        .WithSummary("Makes a version that was live before live again.");

    private static async Task<Ok<CheckpointRecord>> Handle(int version, RollbackReason why, IGrainFactory grains)
    {
        var reason = why.Reason.Trim();
        if (reason.Length == 0) throw ChatLoopException.Invalid("'reason' is empty: say why, it is kept with the decision.");
        if (reason.Length > ReasonCharacters)
            throw new ChatLoopException(ErrorCode.TooLarge, $"The reason has {reason.Length} characters; the limit is {ReasonCharacters}. Shorten it.");
        return TypedResults.Ok(await grains.GetGrain<ICheckpointRegistryGrain>(ModelName.Default).Rollback(version, reason));
    }
}
