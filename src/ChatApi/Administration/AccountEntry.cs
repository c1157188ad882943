using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts.Storage;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.ChatApi.Administration;

/// <summary>What an admin sees of an account.</summary>
/// <param name="Disabled">May not sign in.</param>
/// <param name="Local">Has a password here; otherwise an identity provider knows it.</param>
public sealed record AccountEntry(string UserId, string Name, Role Role, bool Disabled, bool Local, DateTimeOffset CreatedAt)
{
    public static AccountEntry Of(Account account) =>
        new(account.Id, account.UserName!, account.Role, account.Disabled, account.PasswordHash is not null, account.CreatedAt);

    /// <exception cref="ChatLoopException">Invalid: no account has the role.</exception>
    public static void Require(Role role)
    {
        if (role == Role.Visitor) throw ChatLoopException.Invalid("'role' is visitor: an account is user, reviewer or admin.");
    }
}

/// <summary>What to change; what is left out stays.</summary>
public sealed record AccountChange(Role? Role = null, bool? Disabled = null);

public sealed record AccountToMake(string Name, string Password, Role Role = Role.User);

public sealed record ReplacementPassword(string Password);
