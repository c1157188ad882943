using ChatLoop.EndToEnd.Tests.Service;
using ChatLoop.Model.Tests.Checkpoints.Blobs;
using ChatLoop.Stores;

namespace ChatLoop.EndToEnd.Tests.Cluster;

/// <summary>Silos and web servers as processes of their own, on a real PostgreSQL, Redis and Azurite.</summary>
public sealed class RunningCluster : IAsyncDisposable
{
    private readonly (string, string)[] _settings;

    private RunningCluster(PostgresServer postgres, RedisServer redis, Azurite blobs, (string, string)[] settings) =>
        (Postgres, Redis, Blobs, _settings) = (postgres, redis, blobs, settings);

    /// <summary>Of every process.</summary>
    public IReadOnlyList<(string, string)> Settings => _settings;
    public PostgresServer Postgres { get; }
    public RedisServer Redis { get; }
    public Azurite Blobs { get; }
    /// <summary>In the order of their roles.</summary>
    public List<ChatLoopService> Silos { get; } = [];
    public List<ChatLoopService> WebServers { get; } = [];

    /// <param name="roles">Of each silo.</param>
    /// <param name="settings">Of every process.</param>
    public static async Task<RunningCluster> Start(string[] roles, int webServers, CancellationToken cancellationToken, params (string, string)[] settings)
    {
        // Skips the test where it is not installed, before anything runs.
        var container = Azurite.NewContainer();
        var postgres = await PostgresServer.Start();
        var redis = await RedisServer.Start();
        var blobs = new Azurite();
        await blobs.InitializeAsync();
        var cluster = new RunningCluster(postgres, redis, blobs,
        [
            ("Cluster:Clustering", "PostgreSql"), ("Cluster:Storage", "PostgreSql"), ("Cluster:ConnectionString", await postgres.CreateDatabase()),
            ("Cluster:Redis", redis.ConnectionString), ("Checkpoints:Store", "Blob"), ("Checkpoints:ConnectionString", blobs.ConnectionString),
            ("Checkpoints:Container", container), .. settings,
        ]);
        try
        {
            cluster.Silos.AddRange(await Task.WhenAll(roles.Select(role => cluster.StartSilo(role, cancellationToken))));
            cluster.WebServers.AddRange(await Task.WhenAll(Enumerable.Range(0, webServers).Select(_ =>
                ChatLoopService.Start(cancellationToken, [.. cluster._settings, ("Silo:Roles", "none")]))));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>One silo more; whoever starts it disposes it.</summary>
    public Task<ChatLoopService> StartSilo(string roles, CancellationToken cancellationToken) =>
        ChatLoopService.StartSilo(cancellationToken, [.. _settings, ("Silo:Roles", roles)]);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in WebServers.Concat(Silos)) await process.DisposeAsync();
        await Blobs.DisposeAsync();
        await Redis.DisposeAsync();
        await Postgres.DisposeAsync();
    }
}
