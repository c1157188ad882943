using ChatLoop.Grains.Tests.Cluster;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers;
using Orleans.Storage;

namespace ChatLoop.Grains.Tests.Storage;

/// <summary>As a silo that keeps everything on PostgreSQL has it.</summary>
public sealed class PostgresGrainStorageTests(StoreServers servers) : GrainStorageTests
{
    private string? _database;
    private ClusterSilo? _silo;

    protected override async Task<IGrainStorage> Open()
    {
        _database ??= await servers.Database();
        _silo = await ClusterSilo.Start("--Cluster:Storage=PostgreSql", $"--Cluster:ConnectionString={_database}");
        return _silo.Services.GetRequiredKeyedService<IGrainStorage>(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME);
    }

    protected override Task Close() => _silo!.DisposeAsync().AsTask();

    protected override Task DeleteAll() => Task.CompletedTask;
}
