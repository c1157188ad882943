using ChatLoop.Silo.Hosting;
using Microsoft.Extensions.Configuration;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Hosting;

/// <summary>The section "Cluster": one silo without it, and a wrong one ends the start by name, without a password in the message.</summary>
public sealed class ClusterSettingsTests
{
    [Fact]
    public void Nothing_configured_is_one_silo_with_files() =>
        Assert.Equal(new() { Clustering = ClusterMembership.Local, Storage = ClusterStorage.Sqlite, ServiceId = "chatloop", ClusterId = "chatloop" }, Read());

    [Fact]
    public void All_settings_are_read() => Assert.Equal(
        new()
        {
            Clustering = ClusterMembership.Redis,
            Storage = ClusterStorage.PostgreSql,
            ConnectionString = "Host=db;Password=s3cret",
            Redis = "redis:6379,password=s3cret",
            ServiceId = "chat",
            ClusterId = "blue",
        },
        Read("Clustering=redis", "Storage=postgresql", "ConnectionString=Host=db;Password=s3cret", "Redis=redis:6379,password=s3cret", "ServiceId=chat", "ClusterId=blue"));

    [Theory]
    [InlineData("Cluster:Clustering", "PostgreSql", "Clustering=Postgres")]
    [InlineData("Cluster:Clustering", "one of Local, PostgreSql, Redis", "Clustering=1")]
    [InlineData("Cluster:Storage", "one of Sqlite, PostgreSql", "Storage=Redis")]
    [InlineData("Cluster:Storage", "set it to PostgreSql", "Clustering=Redis", "Redis=redis:6379")]
    [InlineData("Cluster:Hosting", "set that to PostgreSql or Redis", "Hosting=Kubernetes")]
    [InlineData("Cluster:Hosting", "one of Machines, Kubernetes", "Hosting=K8s")]
    [InlineData("Cluster:ConnectionString", "is missing", "Storage=PostgreSql")]
    [InlineData("Cluster:ConnectionString", "names no Host", "Storage=PostgreSql", "ConnectionString=Database=chat;Password=s3cret")]
    [InlineData("Cluster:ConnectionString", "no PostgreSQL connection string", "Storage=PostgreSql", "ConnectionString=s3cret")]
    [InlineData("Cluster:ConnectionString", "no PostgreSQL connection string", "Storage=PostgreSql", "ConnectionString=Host=db;s3cret=s3cret")]
    [InlineData("Cluster:ConnectionString", "no PostgreSQL connection string", "Storage=PostgreSql", "ConnectionString=Host=db;Port=s3cret")]
    [InlineData("Cluster:Redis", "is missing", "Clustering=Redis", "Storage=PostgreSql", "ConnectionString=Host=db")]
    [InlineData("Cluster:Redis", "no Redis connection", "Redis=redis:6379,connectTimeout=s3cret")]
    [InlineData("Cluster:Redis", "names no server", "Redis=password=s3cret")]
    [InlineData("Cluster:ServiceId", "at most 150", "ServiceId=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Setting_that_cannot_work_is_named_with_its_fix(string setting, string fix, params string[] settings)
    {
        var error = await Refuses(ErrorCode.Invalid, () => Task.FromResult(Read(settings)));
        Assert.StartsWith($"{setting} ", error.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
    }

    private static ChatLoopClusterOptions Read(params string[] settings) => ChatLoopClusterOptions.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(s => s.Split('=', 2)).Select(s => new KeyValuePair<string, string?>($"Cluster:{s[0]}", s[1]))).Build());
}
