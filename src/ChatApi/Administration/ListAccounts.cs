using ChatLoop.ChatApi.Accounts.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.ChatApi.Administration;

public static class ListAccounts
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("", Handle).WithSummary("Every account, by name.");

    private static async Task<Ok<IReadOnlyList<AccountEntry>>> Handle(AccountsContext accounts, CancellationToken cancellationToken)
    {
        var all = await accounts.Users.AsNoTracking().OrderBy(a => a.NormalizedUserName).ToListAsync(cancellationToken);
        return TypedResults.Ok<IReadOnlyList<AccountEntry>>([.. all.Select(AccountEntry.Of)]);
    }
}
