using System.Security.Claims;
using ChatLoop.ChatApi.Accounts.Storage;
using ChatLoop.ChatApi.Identity;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.ChatApi.ApiKeys;

public static class ListApiKeys
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("", Handle).WithSummary("My API keys, newest first; what they are is not kept.");

    private static async Task<Ok<IReadOnlyList<ApiKeyEntry>>> Handle(ClaimsPrincipal caller, AccountsContext accounts, CancellationToken cancellationToken)
    {
        var owner = caller.RequiredUserId();
        var own = await accounts.ApiKeys.AsNoTracking().Where(k => k.AccountId == owner).ToListAsync(cancellationToken);
        return TypedResults.Ok<IReadOnlyList<ApiKeyEntry>>([.. own.OrderByDescending(k => k.CreatedAt).Select(ApiKeyEntry.Of)]);
    }
}
