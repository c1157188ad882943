using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Limits;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Session;

public static class SignIn
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/sign-in", Handle)
        .RequireRateLimiting(CallRateLimiter.Credentials)
        .WithSummary("Takes the account in place of whom the browser was. A visitor's conversations stay with the visitor.");

    private static async Task<NoContent> Handle(
        Credentials credentials, AccountRegister register, Sessions sessions, HttpContext http, CancellationToken cancellationToken)
    {
        var account = await register.Authenticate(credentials.Name, credentials.Password);
        if (http.User.SessionId() is { } before) await sessions.End(before, cancellationToken);
        await sessions.Start(http, account, cancellationToken);
        return TypedResults.NoContent();
    }
}
