using System.Net;
using ChatLoop.Grains.Tests.Cluster;
using Microsoft.Extensions.DependencyInjection;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Storage;

/// <summary>Our scripts answer what Orleans' providers look up, beyond what two silos that run do.</summary>
public sealed class OrleansTablesTests(StoreServers servers) : IAsyncLifetime
{
    private ClusterSilo _silo = null!;

    public async ValueTask InitializeAsync() => _silo = await ClusterSilo.Start(
        "--Cluster:Clustering=PostgreSql", "--Cluster:Storage=PostgreSql", $"--Cluster:ConnectionString={await servers.Database()}");

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    [Fact]
    public async Task Reminders_are_kept_by_grain_and_range_and_only_the_newest_may_be_removed()
    {
        var table = _silo.Services.GetRequiredService<IReminderTable>();
        var grain = GrainId.Create("trainer", "policy");
        var start = new DateTime(2026, 11, 30, 12, 0, 0, DateTimeKind.Utc);
        var entry = new ReminderEntry { GrainId = grain, ReminderName = "resume", StartAt = start, Period = TimeSpan.FromMinutes(1) };
        var first = (await table.UpsertRow(entry, Guard))!;
        entry.Period = TimeSpan.FromMinutes(2);
        var second = (await table.UpsertRow(entry, Guard))!;

        var read = (await table.ReadRow(grain, "resume", Guard))!;
        Assert.Equal((start, TimeSpan.FromMinutes(2), second), (read.StartAt, read.Period, read.ETag));
        Assert.Single((await table.ReadRows(grain, Guard)).Reminders);
        var hash = grain.GetUniformHashCode();
        Assert.Single((await table.ReadRows(hash - 1, hash, Guard)).Reminders);
        Assert.Empty((await table.ReadRows(hash, hash + 1, Guard)).Reminders);
        Assert.Single((await table.ReadRows(hash + 1, hash, Guard)).Reminders);

        Assert.False(await table.RemoveRow(grain, "resume", first, Guard));
        Assert.True(await table.RemoveRow(grain, "resume", second, Guard));
        Assert.Null(await table.ReadRow(grain, "resume", Guard));
    }

    [Fact]
    public async Task Members_change_only_with_the_tables_newest_version()
    {
        var table = _silo.Services.GetRequiredService<IMembershipTable>();
        var before = await table.ReadAllAsync(Guard);
        var member = new MembershipEntry
        {
            SiloAddress = SiloAddress.New(new IPEndPoint(IPAddress.Parse("10.0.0.5"), 11111), 7),
            HostName = "elsewhere",
            SiloName = "elsewhere",
            Status = SiloStatus.Joining,
            ProxyPort = 30000,
            StartTime = DateTime.UtcNow.AddDays(-30),
            IAmAliveTime = DateTime.UtcNow.AddDays(-30),
        };
        Assert.False(await table.InsertRowAsync(member, new TableVersion(before.Version.Version, "another"), Guard));
        Assert.True(await table.InsertRowAsync(member, before.Version.Next(), Guard));
        Assert.False(await table.InsertRowAsync(member, before.Version.Next(), Guard));
        var inserted = await table.ReadRowAsync(member.SiloAddress, Guard);
        member.Status = SiloStatus.Dead;
        member.AddSuspector(_silo.Address, DateTime.UtcNow);
        Assert.False(await table.UpdateRowAsync(member, inserted.Members[0].Item2, before.Version.Next(), Guard));
        Assert.True(await table.UpdateRowAsync(member, inserted.Members[0].Item2, inserted.Version.Next(), Guard));
        var dead = (await table.ReadRowAsync(member.SiloAddress, Guard)).Members.Single().Item1;
        Assert.Equal((SiloStatus.Dead, 1), (dead.Status, dead.SuspectTimes!.Count));

        await table.CleanupDefunctSiloEntriesAsync(DateTimeOffset.UtcNow.AddDays(-1), Guard);
        Assert.Equal(_silo.Address, (await table.ReadAllAsync(Guard)).Members.Single().Item1.SiloAddress);
        await table.DeleteMembershipTableEntriesAsync("chatloop", Guard);
    }
}
