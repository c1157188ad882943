namespace ChatLoop.ChatApi.Notifications;

/// <summary>Who has a chat page open on this server. Nothing is pushed, listed or followed for anybody else.</summary>
public sealed class ConnectedUsers
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<string>> _connections = new(StringComparer.Ordinal);

    public IReadOnlyList<string> All
    {
        get { lock (_gate) return [.. _connections.Keys]; }
    }

    /// <summary>Of all users, on this server.</summary>
    public IReadOnlyList<string> AllConnections
    {
        get { lock (_gate) return [.. _connections.Values.SelectMany(own => own)]; }
    }

    /// <summary>Of one user, on this server.</summary>
    public IReadOnlyList<string> ConnectionsOf(string userId)
    {
        lock (_gate) return _connections.TryGetValue(userId, out var own) ? [.. own] : [];
    }

    public bool Contains(string userId)
    {
        lock (_gate) return _connections.ContainsKey(userId);
    }

    public void Add(string userId, string connectionId)
    {
        lock (_gate)
        {
            if (!_connections.TryGetValue(userId, out var own)) _connections[userId] = own = [];
            own.Add(connectionId);
        }
    }

    public void Remove(string userId, string connectionId)
    {
        lock (_gate)
        {
            if (!_connections.TryGetValue(userId, out var own)) return;
            own.Remove(connectionId);
            if (own.Count == 0) _connections.Remove(userId);
        }
    }
}
