using ChatLoop.Grains.Tests.Cluster;
using ChatLoop.Stores;

[assembly: AssemblyFixture(typeof(StoreServers))]

namespace ChatLoop.Grains.Tests.Cluster;

/// <summary>One PostgreSQL and one Redis server for all tests of this assembly, started by the first test that asks.</summary>
public sealed class StoreServers : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private Task<PostgresServer>? _postgres;
    private Task<RedisServer>? _redis;

    public Task<RedisServer> Redis
    {
        get { lock (_lock) return _redis ??= RedisServer.Start(); }
    }

    /// <summary>The connection string of an empty database.</summary>
    public async Task<string> Database() => await (await Postgres).CreateDatabase();

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null) await (await _postgres).DisposeAsync();
        if (_redis is not null) await (await _redis).DisposeAsync();
    }

    private Task<PostgresServer> Postgres
    {
        get { lock (_lock) return _postgres ??= PostgresServer.Start(); }
    }
}
