using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.AspNetCore.SignalR;

namespace ChatLoop.ChatApi.Accounts;

/// <summary>The hub connections of this server. They outlive the call that let them in, so that whoever ends an identity ends them, too.</summary>
public sealed class LiveConnections
{
    private readonly ConcurrentDictionary<string, HubCallerContext> _open = new(StringComparer.Ordinal);

    public IReadOnlyCollection<HubCallerContext> All => [.. _open.Values];

    public void Add(HubCallerContext connection) => _open[connection.ConnectionId] = connection;

    public void Remove(HubCallerContext connection) => _open.TryRemove(connection.ConnectionId, out _);

    public void End(Func<ClaimsPrincipal, bool> whose)
    {
        foreach (var connection in _open.Values)
            if (connection.User is { } caller && whose(caller)) connection.Abort();
    }
}
