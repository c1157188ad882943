namespace ChatLoop.ChatApi.Session;

/// <summary>Who the caller is, what they allow, and how they sign in and out.</summary>
public static class SessionEndpoints
{
    public static RouteGroupBuilder MapSession(this RouteGroupBuilder api)
    {
        var me = api.MapGroup("/me").WithTags("Session");
        GetMe.Map(me);
        SetConsent.Map(me);
        // Open to everybody, but for what asks for an account by itself: this is where one gets an identity.
        var session = api.MapGroup("/session").WithTags("Session");
        GetWaysIn.Map(session);
        SignUp.Map(session);
        SignIn.Map(session);
        SignOut.Map(session);
        SignOutEverywhere.Map(session);
        ChangePassword.Map(session);
        SetUp.Map(session);
        return api;
    }
}
