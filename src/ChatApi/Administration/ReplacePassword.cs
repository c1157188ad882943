using System.Security.Claims;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Administration;

public static partial class ReplacePassword
{
    public static void Map(RouteGroupBuilder group) => group.MapPut("/{userId}/password", Handle)
        .WithSummary("For somebody who forgot theirs. Ends all sessions of the account.");

    private static async Task<NoContent> Handle(
        string userId, ReplacementPassword replacement, ClaimsPrincipal caller, AccountRegister register, ILogger<AccountRegister> logger, CancellationToken cancellationToken)
    {
        var account = await register.Find(userId);
        await register.ReplacePassword(account, replacement.Password, cancellationToken);
        LogReplaced(logger, caller.Name()!, account.UserName!);
        return TypedResults.NoContent();
    }

    [LoggerMessage(LogLevel.Information, "'{Admin}' replaced the password of the account '{Name}'.")]
    private static partial void LogReplaced(ILogger logger, string admin, string name);
}
