using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ChatLoop.ChatApi.Identity;

/// <summary>
/// Web servers that start at once on an empty database make one key together. Left alone each makes its own and learns of the other's only
/// in its first minutes: later its visitors would be strangers to the other server for up to a day.
/// </summary>
internal sealed class FirstCookieKey(NpgsqlDataSource database, IKeyManager keys, IOptions<KeyManagementOptions> options, TimeProvider clock) : IHostedLifecycleService
{
    /// <summary>Of the advisory lock; any number that nothing else in the database uses.</summary>
    private const long Lock = 0x43_6861_744B_6579;

    /// <summary>Before any server reads its keys.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var wait = new NpgsqlCommand("SELECT pg_advisory_xact_lock(@lock)", connection, transaction);
        wait.Parameters.AddWithValue("lock", Lock);
        await wait.ExecuteNonQueryAsync(cancellationToken);
        var now = clock.GetUtcNow();
        if (!keys.GetAllKeys().Any(key => !key.IsRevoked && key.ActivationDate <= now && key.ExpirationDate > now))
            keys.CreateNewKey(now, now + options.Value.NewKeyLifetime);
        await transaction.CommitAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
