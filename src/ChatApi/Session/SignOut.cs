using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Session;

public static class SignOut
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/sign-out", Handle)
        .WithSummary("Ends this browser's session: the cookie counts no more, wherever it was copied. A visitor is forgotten.");

    private static async Task<NoContent> Handle(Sessions sessions, HttpContext http, CancellationToken cancellationToken)
    {
        if (http.User.SessionId() is { } session) await sessions.End(session, cancellationToken);
        await http.SignOutAsync(Schemes.Cookie);
        return TypedResults.NoContent();
    }
}
