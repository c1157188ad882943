using ChatLoop.ChatApi.Access;
using ChatLoop.Contracts.Learning;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Learning;

public static class GetLearning
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("/learning", Handle).RequireAuthorization(Doors.ReadLearning)
        .WithSummary("Feedback counts, the run under way, every checkpoint and every decision.");

    private static async Task<Ok<LearningSnapshot>> Handle(IGrainFactory grains) =>
        TypedResults.Ok(await grains.GetGrain<ILearningGrain>(ModelName.Default).GetSnapshot());
}
