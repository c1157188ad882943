using ChatLoop.Contracts.Conversations;
using ChatLoop.Silo.Clustering;
using ChatLoop.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Cluster;

/// <summary>Two silos on one database are one service.</summary>
public sealed class TwoSilosTests(StoreServers servers)
{
    [Theory]
    [InlineData("PostgreSql")]
    [InlineData("Redis")]
    public async Task What_one_silo_wrote_is_read_on_the_other_after_it_stopped(string clustering)
    {
        var settings = await Settings(clustering);
        await using var remaining = await ClusterSilo.Start(settings);
        var id = NewId();
        await using (var leaving = await ClusterSilo.Start(settings))
        {
            Assert.Equal(2, (await ActiveSilos(remaining)).Length);
            var conversation = leaving.Grains.GetGrain<IConversationGrain>(id);
            await leaving.Place(grains => grains.GetGrain<IConversationGrain>(id).Create("ada", "Across silos"));
            Assert.Equal(leaving.Address, await leaving.Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(conversation, Guard));
        }
        Assert.Equal("Across silos", (await remaining.Grains.GetGrain<IConversationGrain>(id).GetSnapshot("ada")).Title);
    }

    /// <summary>A process without a silo, like a web server of its own.</summary>
    [Theory]
    [InlineData("PostgreSql")]
    [InlineData("Redis")]
    public async Task Client_finds_the_silos(string clustering)
    {
        var settings = await Settings(clustering);
        await using var silo = await ClusterSilo.Start(settings);
        var builder = Host.CreateApplicationBuilder(settings);
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => client.UseChatLoopClustering());
        using var host = builder.Build();
        await host.StartAsync(Guard);
        var id = NewId();
        await host.Services.GetRequiredService<IClusterClient>().GetGrain<IConversationGrain>(id).Create("ada", "From afar");
        Assert.Equal("From afar", (await silo.Grains.GetGrain<IConversationGrain>(id).GetSnapshot("ada")).Title);
        await host.StopAsync(Guard);
    }

    [Fact]
    public async Task Silos_that_start_at_once_on_an_empty_database_make_its_tables_once()
    {
        var settings = await Settings("PostgreSql");
        var silos = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ClusterSilo.Start(settings)));
        try
        {
            Assert.Equal(3, (await ActiveSilos(silos[0])).Length);
        }
        finally
        {
            foreach (var silo in silos) await silo.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("PostgreSql")]
    [InlineData("Redis")]
    public async Task No_log_holds_a_password(string clustering)
    {
        await using var silo = await ClusterSilo.Start(await Settings(clustering, postgresPassword: "s3cret"));
        await silo.Grains.GetGrain<IConversationGrain>(NewId()).Create("ada", title: null);
        Assert.NotEmpty(silo.Log.Entries);
        Assert.DoesNotContain(silo.Log.Entries, e => e.Message.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Database_that_is_not_there_ends_the_start_by_name()
    {
        var error = await Refuses(ErrorCode.Invalid, () => ClusterSilo.Start(
            "--Cluster:Storage=PostgreSql", $"--Cluster:ConnectionString=Host=127.0.0.1;Port={FreePort.Find()};Username=chatloop;Password=s3cret;Database=chat"));
        Assert.Contains("Cluster:ConnectionString", error.Message, StringComparison.Ordinal);
        Assert.Contains("'chat' at 127.0.0.1", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
    }

    private async Task<string[]> Settings(string clustering, string? postgresPassword = null) =>
    [
        $"--Cluster:Clustering={clustering}",
        "--Cluster:Storage=PostgreSql",
        $"--Cluster:ConnectionString={await servers.Database()}{(postgresPassword is null ? "" : $"Password={postgresPassword}")}",
        $"--Cluster:Redis={(await servers.Redis).ConnectionString}",
        $"--Cluster:ClusterId={NewId()}",
    ];

    private static async Task<SiloAddress[]> ActiveSilos(ClusterSilo silo) =>
        [.. (await silo.Grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true)).Keys];
}
