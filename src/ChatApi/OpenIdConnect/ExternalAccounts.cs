using System.Security.Claims;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Accounts.Storage;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.Identity;

namespace ChatLoop.ChatApi.OpenIdConnect;

/// <summary>
/// The account of somebody whom the identity provider vouches for. It is known by the provider's issuer and subject alone: a name or an
/// address that equals a local account's is no way into it.
/// </summary>
public sealed class ExternalAccounts(UserManager<Account> users, AccountRegister register, OpenIdConnectSettings settings)
{
    private const int LongestName = 40;
    private static readonly string[] NameClaims = ["preferred_username", "email", "name", "sub"];

    /// <param name="person">The claims of the ID token.</param>
    /// <param name="visitor">Who the browser was: becomes the account where it is new.</param>
    /// <exception cref="ChatLoopException">Unauthenticated: an admin has closed the account.</exception>
    public async Task<Account> Of(ClaimsPrincipal person, string? visitor, CancellationToken cancellationToken)
    {
        var (issuer, subject) = (Required(person, "iss"), Required(person, "sub"));
        var account = await users.FindByLoginAsync(issuer, subject) ?? await Make(person, issuer, subject, visitor);
        if (account.Disabled) throw new ChatLoopException(ErrorCode.Unauthenticated, "An admin has closed this account.");
        // The provider's word counts at each sign-in, even where it takes the last admin's role.
        if (RoleOf(person) is { } role && role != account.Role) await register.TakeRole(account, role);
        return account;
    }

    private async Task<Account> Make(ClaimsPrincipal person, string issuer, string subject, string? visitor)
    {
        var account = await register.Create(await FreeName(person), password: null, RoleOf(person) ?? Role.User, visitor);
        var added = await users.AddLoginAsync(account, new UserLoginInfo(issuer, subject, settings.Name));
        return added.Succeeded ? account : throw ChatLoopException.Conflict("Somebody made this account a moment ago: sign in again.");
    }

    /// <summary>Null where roles are given here.</summary>
    private Role? RoleOf(ClaimsPrincipal person)
    {
        if (string.IsNullOrWhiteSpace(settings.RoleClaim)) return null;
        var values = person.FindAll(settings.RoleClaim).Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal);
        if (settings.AdminValues.Any(values.Contains)) return Role.Admin;
        return settings.ReviewerValues.Any(values.Contains) ? Role.Reviewer : Role.User;
    }

    private async Task<string> FreeName(ClaimsPrincipal person)
    {
        var wanted = NameClaims.Select(claim => Clean(person.FindFirst(claim)?.Value)).First(name => name.Length > 0);
        var name = wanted;
        for (var number = 2; await users.FindByNameAsync(name) is not null; number++) name = $"{wanted}-{number}";
        return name;
    }

    private string Clean(string? name)
    {
        var kept = (name ?? "").Where(c => users.Options.User.AllowedUserNameCharacters.Contains(c, StringComparison.Ordinal)).ToArray();
        return new(kept.AsSpan(0, Math.Min(kept.Length, LongestName)));
    }

    private static string Required(ClaimsPrincipal person, string claim) => person.FindFirst(claim)?.Value
        ?? throw new InvalidOperationException($"The ID token has no '{claim}'.");
}
