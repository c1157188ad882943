using ChatLoop.ChatApi.Access;

namespace ChatLoop.ChatApi.Conversations;

/// <summary>A user's conversations, and the runs that write their answers.</summary>
public static class ConversationEndpoints
{
    public static RouteGroupBuilder MapConversations(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/conversations").WithTags("Conversations").RequireAuthorization(Doors.Chat);
        ListConversations.Map(group);
        CreateConversation.Map(group);
        GetConversation.Map(group);
        RenameConversation.Map(group);
        DeleteConversation.Map(group);
        SendMessageToConversation.Map(group);
        AnswerAgain.Map(group);
        ReadRunEvents.Map(group);
        StopRun.Map(group);
        return api;
    }
}
