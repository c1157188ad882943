using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts.Storage;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.ChatApi.Accounts;

/// <summary>Makes accounts and knows them by name and password.</summary>
public sealed partial class AccountRegister(
    UserManager<Account> users, AccountsContext context, Sessions sessions, TimeProvider clock, ILogger<AccountRegister> logger)
{
    /// <summary>One answer for all that can be wrong, so that it tells nobody which names there are.</summary>
    private const string Wrong = "Name or password are wrong, or the account is closed for some minutes after too many tries.";

    private static string? _nobodysHash;

    /// <param name="id">The visitor who becomes the account, with all that is theirs; null for somebody new.</param>
    /// <exception cref="ChatLoopException">Invalid: name or password are not acceptable. Conflict: the name is taken.</exception>
    public async Task<Account> Create(string name, string? password, Role role, string? id)
    {
        var account = new Account { Id = id ?? Guid.NewGuid().ToString(), UserName = name.Trim(), Role = role, CreatedAt = clock.GetUtcNow(), LockoutEnabled = true };
        try
        {
            Require(password is null ? await users.CreateAsync(account) : await users.CreateAsync(account, password));
        }
        catch (DbUpdateException)
        {
            context.ChangeTracker.Clear();
            throw ChatLoopException.Conflict("Somebody made this account a moment ago: sign in.");
        }
        LogMade(logger, account.UserName, role);
        return account;
    }

    /// <exception cref="ChatLoopException">Unauthenticated, in one wording for all reasons.</exception>
    public async Task<Account> Authenticate(string name, string password)
    {
        var account = await users.FindByNameAsync(name.Trim());
        if (account is null || await users.IsLockedOutAsync(account))
        {
            // As long as a check of a password takes: the time must not tell which names there are either.
            users.PasswordHasher.VerifyHashedPassword(new Account(), NobodysHash(), password);
            throw new ChatLoopException(ErrorCode.Unauthenticated, Wrong);
        }
        if (!await users.CheckPasswordAsync(account, password))
        {
            await users.AccessFailedAsync(account);
            if (await users.IsLockedOutAsync(account)) LogLocked(logger, account.UserName!);
            throw new ChatLoopException(ErrorCode.Unauthenticated, Wrong);
        }
        if (account.Disabled) throw new ChatLoopException(ErrorCode.Unauthenticated, "An admin has closed this account.");
        if (account.AccessFailedCount > 0) await users.ResetAccessFailedCountAsync(account);
        return account;
    }

    /// <exception cref="ChatLoopException">NotFound.</exception>
    public async Task<Account> Find(string id) => await users.FindByIdAsync(id) ?? throw ChatLoopException.NotFound("There is no such account.");

    /// <summary>Ends all sessions but the one that the password is changed in.</summary>
    /// <exception cref="ChatLoopException">Invalid: the old password is wrong, or the new one is not acceptable.</exception>
    public async Task ChangePassword(Account account, string current, string next, string? sessionId, CancellationToken cancellationToken)
    {
        if (await users.IsLockedOutAsync(account)) throw ChatLoopException.Invalid("There were too many tries: wait some minutes.");
        var changed = await users.ChangePasswordAsync(account, current, next);
        if (changed.Errors.Any(e => e.Code == nameof(IdentityErrorDescriber.PasswordMismatch)))
        {
            await users.AccessFailedAsync(account);
            throw ChatLoopException.Invalid("The current password is wrong.");
        }
        Require(changed);
        if (sessionId is not null) await sessions.Keep(sessionId, account, cancellationToken);
        await sessions.EndAll(account.Id, except: sessionId, cancellationToken);
    }

    /// <summary>By an admin, for somebody who forgot theirs. Ends all sessions.</summary>
    /// <exception cref="ChatLoopException">Invalid: the password is not acceptable.</exception>
    public async Task ReplacePassword(Account account, string next, CancellationToken cancellationToken)
    {
        foreach (var rule in users.PasswordValidators) Require(await rule.ValidateAsync(users, account, next));
        if (await users.HasPasswordAsync(account)) Require(await users.RemovePasswordAsync(account));
        Require(await users.AddPasswordAsync(account, next));
        await users.SetLockoutEndDateAsync(account, null);
        await sessions.EndAll(account.Id, except: null, cancellationToken);
    }

    /// <exception cref="ChatLoopException">Conflict: nobody would be admin any more.</exception>
    public async Task Change(Account account, Role role, bool disabled, CancellationToken cancellationToken)
    {
        var losesAdmin = account is { Role: Role.Admin, Disabled: false } && (role != Role.Admin || disabled);
        if (losesAdmin && !await context.Users.AnyAsync(a => a.Role == Role.Admin && !a.Disabled && a.Id != account.Id, cancellationToken))
            throw ChatLoopException.Conflict("This is the last admin: make somebody else one first.");
        (account.Role, account.Disabled) = (role, disabled);
        Require(await users.UpdateAsync(account));
        // Connections know the role that they began with: the page makes new ones at once.
        if (disabled) await sessions.EndAll(account.Id, except: null, cancellationToken);
        else sessions.Reconnect(account.Id);
    }

    /// <summary>As the identity provider says, which may leave nobody admin: the console shows a link then.</summary>
    public async Task TakeRole(Account account, Role role)
    {
        account.Role = role;
        Require(await users.UpdateAsync(account));
        sessions.Reconnect(account.Id);
    }

    public Task<bool> HasAdmin(CancellationToken cancellationToken) => context.Users.AnyAsync(a => a.Role == Role.Admin && !a.Disabled, cancellationToken);

    private string NobodysHash() => _nobodysHash ??= users.PasswordHasher.HashPassword(new Account(), Guid.NewGuid().ToString());

    private static void Require(IdentityResult result)
    {
        if (result.Succeeded) return;
        if (result.Errors.FirstOrDefault(e => e.Code == nameof(IdentityErrorDescriber.DuplicateUserName)) is not null)
            throw ChatLoopException.Conflict("This name is taken: choose another, or sign in.");
        throw ChatLoopException.Invalid(string.Join(" ", result.Errors.Select(e => e.Description)));
    }

    [LoggerMessage(LogLevel.Information, "Account '{Name}' was made with the role {Role}.")]
    private static partial void LogMade(ILogger logger, string name, Role role);

    [LoggerMessage(LogLevel.Warning, "Account '{Name}' is locked for a while after too many wrong passwords.")]
    private static partial void LogLocked(ILogger logger, string name);
}
