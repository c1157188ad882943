using System.Globalization;
using System.Security.Claims;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts.Storage;
using ChatLoop.ChatApi.Identity;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.ChatApi.ApiKeys;

public static class MakeApiKey
{
    private const int LongestName = 60, LongestLife = 365, MostKeys = 50;

    public static void Map(RouteGroupBuilder group) => group.MapPost("", Handle)
        .WithSummary("A key for programs: 'Authorization: Bearer cl_...'. It is shown this once.");

    private static async Task<Created<NewApiKey>> Handle(
        ApiKeyToMake wanted, ClaimsPrincipal caller, AccountsContext accounts, TimeProvider clock, CancellationToken cancellationToken)
    {
        Validate(wanted, caller.Role());
        var owner = caller.RequiredUserId();
        if (await accounts.ApiKeys.CountAsync(k => k.AccountId == owner, cancellationToken) >= MostKeys)
            throw ChatLoopException.Conflict(string.Create(CultureInfo.InvariantCulture, $"You have {MostKeys} keys, which is the limit: revoke one first."));
        var text = ApiKeyText.New();
        var now = clock.GetUtcNow();
        var key = new ApiKey
        {
            Id = Guid.NewGuid().ToString(),
            AccountId = owner,
            Name = wanted.Name.Trim(),
            Prefix = ApiKeyText.Shown(text),
            Hash = ApiKeyText.Hash(text),
            Scopes = ApiKeyScopes.Text(wanted.Scopes),
            CreatedAt = now,
            ExpiresAt = now.AddDays(wanted.Days),
        };
        accounts.ApiKeys.Add(key);
        await accounts.SaveChangesAsync(cancellationToken);
        return TypedResults.Created($"{ApiPaths.Version1}/me/api-keys/{key.Id}", new NewApiKey(text, ApiKeyEntry.Of(key)));
    }

    private static void Validate(ApiKeyToMake wanted, Role role)
    {
        var name = wanted.Name.Trim();
        if (name.Length is 0 or > LongestName)
            throw ChatLoopException.Invalid(string.Create(CultureInfo.InvariantCulture, $"'name' has {name.Length} characters: give 1 to {LongestName} that say what the key is for."));
        if (wanted.Days is < 1 or > LongestLife)
            throw ChatLoopException.Invalid(string.Create(CultureInfo.InvariantCulture, $"'days' is {wanted.Days}: a key lives 1 to {LongestLife} days."));
        if (wanted.Scopes.Count == 0) throw ChatLoopException.Invalid("'scopes' is empty: give chat, feedback or admin.");
        if (wanted.Scopes.Contains(ApiScope.Admin) && role != Role.Admin)
            throw new ChatLoopException(ErrorCode.Forbidden, "A key may not do more than you: only an admin's has the scope admin.");
    }
}
