using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using ChatLoop.ChatApi.Accounts.Storage;
using ChatLoop.ChatApi.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Accounts;

/// <summary>Browsers that signed in. The cookie names a session; what ends it ends here, and the cookie counts no more.</summary>
public sealed class Sessions(AccountsContext context, LiveConnections connections, IOptions<IdentitySettings> settings, TimeProvider clock)
{
    private const int IdBytes = 32;

    private TimeSpan Lifetime => TimeSpan.FromDays(settings.Value.SessionDays);

    /// <summary>Gives the browser that calls a session of the account, in place of what it was.</summary>
    public async Task Start(HttpContext http, Account account, CancellationToken cancellationToken)
    {
        var caller = await Start(account, cancellationToken);
        await http.SignInAsync(Schemes.Cookie, caller, Cookie());
    }

    /// <summary>A new session's principal, for who sets the cookie elsewhere.</summary>
    public async Task<ClaimsPrincipal> Start(Account account, CancellationToken cancellationToken)
    {
        await RemoveExpired(account.Id, cancellationToken);
        var session = new AccountSession
        {
            Id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdBytes)),
            AccountId = account.Id,
            SecurityStamp = account.SecurityStamp!,
            StartedAt = clock.GetUtcNow(),
        };
        context.Sessions.Add(session);
        await context.SaveChangesAsync(cancellationToken);
        return Caller.SignedIn(account.Id, account.UserName!, account.Role, session.Id);
    }

    /// <summary>How long the browser keeps the cookie: no visit extends it.</summary>
    public AuthenticationProperties Cookie() => new() { IsPersistent = true, AllowRefresh = false, ExpiresUtc = clock.GetUtcNow() + Lifetime };

    public async Task End(string sessionId, CancellationToken cancellationToken)
    {
        await context.Sessions.Where(s => s.Id == sessionId).ExecuteDeleteAsync(cancellationToken);
        connections.End(caller => caller.SessionId() == sessionId);
    }

    /// <summary>Of all browsers of the account, except one.</summary>
    public async Task EndAll(string accountId, string? except, CancellationToken cancellationToken)
    {
        await context.Sessions.Where(s => s.AccountId == accountId && s.Id != except).ExecuteDeleteAsync(cancellationToken);
        connections.End(caller => caller.UserId() == accountId && (except is null || caller.SessionId() != except));
    }

    /// <summary>Ends the account's connections, not its sessions: who is still somebody connects again, as who they are now.</summary>
    public void Reconnect(string accountId) => connections.End(caller => caller.UserId() == accountId);

    /// <summary>The session goes on although the account's stamp changed: whoever changed the password stays signed in.</summary>
    public Task Keep(string sessionId, Account account, CancellationToken cancellationToken) => context.Sessions.Where(s => s.Id == sessionId)
        .ExecuteUpdateAsync(update => update.SetProperty(s => s.SecurityStamp, account.SecurityStamp!), cancellationToken);

    public bool IsOver(AccountSession session) => session.StartedAt + Lifetime <= clock.GetUtcNow();

    private async Task RemoveExpired(string accountId, CancellationToken cancellationToken)
    {
        var own = await context.Sessions.Where(s => s.AccountId == accountId).ToListAsync(cancellationToken);
        context.Sessions.RemoveRange(own.Where(IsOver));
    }
}
