using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Identity;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Accounts;

/// <summary>Ends hub connections whose identity ended, or got another role, on another server or by the passing of time.</summary>
public sealed partial class ConnectionRecheck(
    LiveConnections connections, IServiceScopeFactory scopes, IOptions<IdentitySettings> settings, TimeProvider clock, ILogger<ConnectionRecheck> logger) : BackgroundService
{
    /// <summary>Whether the connection's identity counts as it did when the connection was made.</summary>
    public static async Task<bool> StillCounts(HubCallerContext connection, Identities identities, CancellationToken cancellationToken) =>
        connection.User is { } caller
        && await identities.AsKnownNow(caller, cancellationToken) is { } known
        && known.Role() == caller.Role();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(settings.Value.RecheckEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await CheckAll(stoppingToken);
    }

    private async Task CheckAll(CancellationToken stopping)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var identities = scope.ServiceProvider.GetRequiredService<Identities>();
            // Visitors have nothing that could end but by an account of theirs, which their next call finds.
            foreach (var connection in connections.All.Where(c => c.User?.Role() != Role.Visitor))
                if (!await StillCounts(connection, identities, stopping)) connection.Abort();
        }
#pragma warning disable CA1031 // The next round checks them again.
        catch (Exception e) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogNotChecked(logger, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Open connections could not be checked against the accounts: {Reason}")]
    private static partial void LogNotChecked(ILogger logger, string reason);
}
