using System.Security.Claims;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Limits;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Session;

public static class SetUp
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/set-up", Handle)
        .RequireRateLimiting(CallRateLimiter.Credentials)
        .WithSummary("Makes the first admin, with the token of the link that the console shows.");

    private static async Task<NoContent> Handle(
        FirstAdminForm form, ClaimsPrincipal caller, FirstAdmin firstAdmin, AccountRegister register, Sessions sessions, HttpContext http,
        CancellationToken cancellationToken)
    {
        var account = await firstAdmin.SetUp(form.Token, register, form.Name, form.Password, SignUp.VisitorOf(caller), cancellationToken);
        await sessions.Start(http, account, cancellationToken);
        sessions.Reconnect(account.Id);
        return TypedResults.NoContent();
    }
}
