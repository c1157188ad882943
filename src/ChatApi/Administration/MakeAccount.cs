using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Administration;

public static class MakeAccount
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("", Handle)
        .WithSummary("An account for somebody else, who changes the password later.");

    private static async Task<Created<AccountEntry>> Handle(AccountToMake account, AccountRegister register)
    {
        if (account.Role == Role.Visitor) throw ChatLoopException.Invalid("'role' is visitor: an account is user, reviewer or admin.");
        var made = AccountEntry.Of(await register.Create(account.Name, account.Password, account.Role, id: null));
        return TypedResults.Created($"{ApiPaths.Version1}/accounts/{made.UserId}", made);
    }
}
