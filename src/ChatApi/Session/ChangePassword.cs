using System.Security.Claims;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Limits;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Session;

public static class ChangePassword
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/password", Handle)
        .RequireAuthorization(Doors.OwnAccount)
        .RequireRateLimiting(CallRateLimiter.Credentials)
        .WithSummary("A new password. Ends every other session of the account.");

    private static async Task<NoContent> Handle(
        NewPassword password, ClaimsPrincipal caller, AccountRegister register, CancellationToken cancellationToken)
    {
        var account = await register.Find(caller.RequiredUserId());
        await register.ChangePassword(account, password.Current, password.Next, caller.SessionId(), cancellationToken);
        return TypedResults.NoContent();
    }
}
