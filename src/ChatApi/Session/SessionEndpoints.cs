namespace ChatLoop.ChatApi.Session;

/// <summary>Who the visitor is and what they allow.</summary>
public static class SessionEndpoints
{
    public static RouteGroupBuilder MapSession(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/me").WithTags("Session");
        GetMe.Map(group);
        SetConsent.Map(group);
        return api;
    }
}
