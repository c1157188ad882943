using ChatLoop.Contracts.Feedback;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Review;

public static class ListSetAsideVotes
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("/votes", Handle)
        .WithSummary("Verdicts that were set aside because several people push one phrase: all that wait, and the newest that were decided.");

    private static async Task<Ok<IReadOnlyList<SetAsideGroup>>> Handle(IGrainFactory grains)
    {
        var quarantine = grains.GetGrain<IQuarantineGrain>(ModelName.Default);
        await quarantine.Look();
        return TypedResults.Ok(await quarantine.List());
    }
}
