using ChatLoop.ChatApi.Access;

namespace ChatLoop.ChatApi.Review;

/// <summary>Other people's judgements, for reviewers.</summary>
public static class ReviewEndpoints
{
    public static RouteGroupBuilder MapReview(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/review").WithTags("Review").RequireAuthorization(Doors.Review);
        ListSetAsideVotes.Map(group);
        ReviewSetAsideVotes.Map(group);
        return api;
    }
}
