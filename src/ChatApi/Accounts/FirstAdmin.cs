using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts.Storage;
using ChatLoop.ChatApi.Identity;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Accounts;

/// <summary>
/// How a service gets its first admin: from the configuration, or by a link that the console shows as long as nobody is admin, as
/// Jupyter's does. The token is in memory alone: each start has another.
/// </summary>
public sealed class FirstAdmin(IServiceScopeFactory scopes, IOptions<IdentitySettings> settings) : IHostedLifecycleService
{
    private const int TokenBytes = 24;
    private string? _token;

    /// <summary>Whether the link is good.</summary>
    public bool IsWanted => _token is not null;

    /// <summary>The link's path; null once there is an admin.</summary>
    public string? Link => _token is { } token ? $"/setup#token={token}" : null;

    /// <summary>Makes the tables, and the configured admin.</summary>
    /// <exception cref="ChatLoopException">Invalid, naming the setting.</exception>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await AccountDatabase.Migrate(scope.ServiceProvider.GetRequiredService<AccountsContext>(), cancellationToken);
        var register = scope.ServiceProvider.GetRequiredService<AccountRegister>();
        await MakeConfigured(settings.Value.Admin, scope.ServiceProvider.GetRequiredService<UserManager<Account>>(), register);
        if (!await register.HasAdmin(cancellationToken)) _token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Makes the admin whose link it is, once.</summary>
    /// <exception cref="ChatLoopException">Forbidden: the token is not this start's, or was used. Otherwise as for any account.</exception>
    public async Task<Account> SetUp(string token, AccountRegister register, string name, string password, string? visitor, CancellationToken cancellationToken)
    {
        var good = _token;
        if (good is null || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(good))
            || Interlocked.CompareExchange(ref _token, null, good) != good)
            throw new ChatLoopException(ErrorCode.Forbidden, "This link is not good any more: the console shows a new one at each start, as long as nobody is admin.");
        try
        {
            if (await register.HasAdmin(cancellationToken))
                throw new ChatLoopException(ErrorCode.Forbidden, "There is an admin already: ask them for the role.");
            return await register.Create(name, password, Role.Admin, visitor);
        }
        catch (ChatLoopException e) when (e.Code != ErrorCode.Forbidden)
        {
            _token = good;
            throw;
        }
    }

    private static async Task MakeConfigured(FirstAdminSettings admin, UserManager<Account> users, AccountRegister register)
    {
        const string section = $"{IdentitySettings.Section}:{nameof(IdentitySettings.Admin)}";
        var (name, password) = (admin.Name?.Trim() ?? "", admin.Password ?? "");
        if (name.Length == 0 && password.Length == 0) return;
        if (name.Length == 0 || password.Length == 0)
            throw ChatLoopException.Invalid($"{section}:{(name.Length == 0 ? nameof(admin.Name) : nameof(admin.Password))} is missing: give both or neither.");
        var account = await users.FindByNameAsync(name);
        if (account is { Role: Role.Admin }) return;
        // Somebody else may have taken the name: theirs must not become an admin's account.
        if (account is not null)
            throw ChatLoopException.Invalid($"{section}:{nameof(admin.Name)} is '{name}', the name of an account that is no admin: choose another name.");
        try
        {
            await register.Create(name, password, Role.Admin, id: null);
        }
        catch (ChatLoopException e)
        {
            // Another web server, which started at the same moment, may have made the account.
            if (e.Code == ErrorCode.Conflict && await users.FindByNameAsync(name) is { Role: Role.Admin }) return;
            throw ChatLoopException.Invalid($"{section} cannot be used: {e.Message}");
        }
    }
}
