using System.Security.Claims;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Accounts.Storage;
using ChatLoop.ChatApi.Identity;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.ChatApi.ApiKeys;

public static class RevokeApiKey
{
    public static void Map(RouteGroupBuilder group) => group.MapDelete("/{keyId}", Handle).WithSummary("The key is refused from now on.");

    private static async Task<NoContent> Handle(
        string keyId, ClaimsPrincipal caller, AccountsContext accounts, LiveConnections connections, CancellationToken cancellationToken)
    {
        var owner = caller.RequiredUserId();
        if (await accounts.ApiKeys.Where(k => k.Id == keyId && k.AccountId == owner).ExecuteDeleteAsync(cancellationToken) == 0)
            throw ChatLoopException.NotFound("There is no such key.");
        connections.End(open => open.KeyId() == keyId);
        return TypedResults.NoContent();
    }
}
