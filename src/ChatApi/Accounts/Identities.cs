using System.Data.Common;
using System.Security.Claims;
using ChatLoop.ChatApi.Accounts.Storage;
using ChatLoop.ChatApi.ApiKeys;
using ChatLoop.ChatApi.Identity;
using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Feedback.Postgres;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.ChatApi.Accounts;

/// <summary>
/// What the store says now of somebody who was let in before: the role may have changed, the session, the key or the account may be gone.
/// </summary>
public sealed class Identities(AccountsContext context, Sessions sessions, TimeProvider clock)
{
    /// <returns>Null where the identity counts no more.</returns>
    /// <exception cref="ChatLoopException">Busy: the store does not answer. Nobody is let in then.</exception>
    public async Task<ClaimsPrincipal?> AsKnownNow(ClaimsPrincipal caller, CancellationToken cancellationToken)
    {
        try
        {
            if (caller.KeyId() is { } keyId) return (await WithKey(context.ApiKeys.Where(k => k.Id == keyId), cancellationToken))?.Caller;
            if (caller.SessionId() is { } sessionId) return await SignedIn(sessionId, cancellationToken);
            // A visitor who signed up is that account from then on, and older cookies with the id are not a way around its password.
            return caller.UserId() is { } id && !await context.Users.AnyAsync(a => a.Id == id, cancellationToken) ? caller : null;
        }
        catch (Exception error) when (error is DbException || PassingFailure.Is(error))
        {
            throw NoAnswer();
        }
    }

    /// <exception cref="ChatLoopException">Busy, as above.</exception>
    public async Task<KnownKey?> WithKey(byte[] hash, CancellationToken cancellationToken)
    {
        try
        {
            return await WithKey(context.ApiKeys.Where(k => k.Hash == hash), cancellationToken);
        }
        catch (Exception error) when (error is DbException || PassingFailure.Is(error))
        {
            throw NoAnswer();
        }
    }

    private async Task<ClaimsPrincipal?> SignedIn(string sessionId, CancellationToken cancellationToken)
    {
        var found = await (from s in context.Sessions.AsNoTracking()
                           join a in context.Users.AsNoTracking() on s.AccountId equals a.Id
                           where s.Id == sessionId
                           select new { Session = s, Account = a }).FirstOrDefaultAsync(cancellationToken);
        return found is { Account.Disabled: false } && found.Session.SecurityStamp == found.Account.SecurityStamp && !sessions.IsOver(found.Session)
            ? Caller.SignedIn(found.Account.Id, found.Account.UserName!, found.Account.Role, sessionId)
            : null;
    }

    private async Task<KnownKey?> WithKey(IQueryable<ApiKey> keys, CancellationToken cancellationToken)
    {
        var found = await (from k in keys.AsNoTracking()
                           join a in context.Users.AsNoTracking() on k.AccountId equals a.Id
                           select new { Key = k, Account = a }).FirstOrDefaultAsync(cancellationToken);
        return found is { Account.Disabled: false } && found.Key.ExpiresAt > clock.GetUtcNow()
            ? new(Caller.WithKey(found.Account.Id, found.Account.UserName!, found.Account.Role, found.Key.Id, ApiKeyScopes.Of(found.Key)), found.Key.ExpiresAt)
            : null;
    }

    private static ChatLoopException NoAnswer() => new(ErrorCode.Busy, "The database of accounts does not answer. Try again in a moment.");
}

/// <summary>A key that counts, and until when.</summary>
public sealed record KnownKey(ClaimsPrincipal Caller, DateTimeOffset ExpiresAt);
