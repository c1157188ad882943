using System.Security.Claims;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Session;

public static class SignOutEverywhere
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/sign-out-everywhere", Handle)
        .RequireAuthorization(Doors.OwnAccount)
        .WithSummary("Ends all sessions of the account, this one too. API keys stay: revoke them by themselves.");

    private static async Task<NoContent> Handle(ClaimsPrincipal caller, Sessions sessions, HttpContext http, CancellationToken cancellationToken)
    {
        await sessions.EndAll(caller.RequiredUserId(), except: null, cancellationToken);
        await http.SignOutAsync(Schemes.Cookie);
        return TypedResults.NoContent();
    }
}
