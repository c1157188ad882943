using ChatLoop.ChatApi.Access;

namespace ChatLoop.ChatApi.Feedback;

/// <summary>Judgements: given, listed, taken back.</summary>
public static class FeedbackEndpoints
{
    public static RouteGroupBuilder MapFeedback(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("").WithTags("Feedback").RequireAuthorization(Doors.Feedback);
        ListMyFeedback.Map(group);
        GiveFeedback.Map(group);
        WithdrawFeedback.Map(group);
        WithdrawConversationFeedback.Map(group);
        WithdrawAllFeedback.Map(group);
        GetFeedbackEffect.Map(group);
        return api;
    }
}
