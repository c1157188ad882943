using ChatLoop.ChatApi.Accounts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatLoop.ChatApi.Administration;

public static class MakeAccount
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("", Handle)
        .WithSummary("An account for somebody else, who changes the password later.");

    private static async Task<Created<AccountEntry>> Handle(AccountToMake account, AccountRegister register)
    {
        AccountEntry.Require(account.Role);
        var made = AccountEntry.Of(await register.Create(account.Name, account.Password, account.Role, id: null));
        return TypedResults.Created($"{ApiPaths.Version1}/accounts/{made.UserId}", made);
    }
}
