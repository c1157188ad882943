using System.Security.Claims;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Administration;

public static partial class ChangeAccount
{
    public static void Map(RouteGroupBuilder group) => group.MapPatch("/{userId}", Handle)
        .WithSummary("Gives another role, or closes or opens the account. Applies to what is signed in at once.");

    private static async Task<Ok<AccountEntry>> Handle(
        string userId, AccountChange change, ClaimsPrincipal caller, AccountRegister register, ILogger<AccountRegister> logger, CancellationToken cancellationToken)
    {
        if (change.Role is { } role) AccountEntry.Require(role);
        var account = await register.Find(userId);
        await register.Change(account, change.Role ?? account.Role, change.Disabled ?? account.Disabled, cancellationToken);
        LogChanged(logger, caller.Name()!, account.UserName!, account.Role, account.Disabled);
        return TypedResults.Ok(AccountEntry.Of(account));
    }

    [LoggerMessage(LogLevel.Information, "'{Admin}' changed the account '{Name}': its role is {Role}, closed: {Disabled}.")]
    private static partial void LogChanged(ILogger logger, string admin, string name, Role role, bool disabled);
}
