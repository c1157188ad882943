using ChatLoop.Grains.Storage;
using ChatLoop.Grains.Users;
using ChatLoop.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Storage;

namespace ChatLoop.Grains.Tests.Storage;

/// <summary>Grain state on disk: durable when acknowledged, never overwritten by a stale writer.</summary>
public sealed class GrainStorageTests : IDisposable
{
    private static readonly GrainId Ada = GrainId.Create("user", "ada");
    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-storage-").FullName;
    private readonly ServiceProvider _serializers = new ServiceCollection().AddSerializer().BuildServiceProvider();
    private SqliteGrainStorage _storage;

    public GrainStorageTests() => _storage = Open();

    [Fact]
    public async Task Written_state_is_read_after_a_restart()
    {
        await Write(Ada, Granted);
        Reopen();
        var read = await Read(Ada);
        Assert.True(read.RecordExists);
        Assert.Equal(Granted, read.State);
        Assert.False((await Read(GrainId.Create("user", "eve"))).RecordExists);
    }

    [Fact]
    public async Task Stale_writer_is_refused_and_changes_nothing()
    {
        await Write(Ada, Granted);
        var fresh = await Read(Ada);
        var stale = await Read(Ada);
        fresh.State = Declined;
        await _storage.WriteStateAsync("user", Ada, fresh);
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("user", Ada, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.ClearStateAsync("user", Ada, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Write(Ada, Granted));
        Assert.Equal(Declined, (await Read(Ada)).State);
        await _storage.WriteStateAsync("user", Ada, fresh);
    }

    [Fact]
    public async Task Cleared_state_is_gone_and_may_be_written_anew()
    {
        await Write(Ada, Granted);
        var state = await Read(Ada);
        await _storage.ClearStateAsync("user", Ada, state);
        Assert.False(state.RecordExists);
        Assert.False((await Read(Ada)).RecordExists);
        await _storage.ClearStateAsync("user", Ada, state);
        state.State = Declined;
        await _storage.WriteStateAsync("user", Ada, state);
        Assert.Equal(Declined, (await Read(Ada)).State);
    }

    [Fact]
    public async Task Many_grains_write_at_once()
    {
        var grains = Enumerable.Range(0, 500).Select(i => GrainId.Create("user", $"user{i}")).ToArray();
        await Task.WhenAll(grains.Select(g => Write(g, Granted)));
        Reopen();
        Assert.All(await Task.WhenAll(grains.Select(Read)), state => Assert.Equal(Granted, state.State));
    }

    [Fact]
    public async Task Change_that_could_not_be_written_has_changed_nothing()
    {
        var state = new FailingState();
        var durable = new DurableState<UserState>(state);
        await durable.Change(_ => Granted);
        state.Fails = true;
        await Assert.ThrowsAsync<IOException>(() => durable.Change(_ => Declined));
        Assert.Equal(Granted, durable.Value);
        state.Fails = false;
        await durable.Change(s => s with { IsApplied = true });
        Assert.Equal(Granted with { IsApplied = true }, state.State);
    }

    public void Dispose()
    {
        _storage.Dispose();
        _serializers.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static UserState Granted => new(Contracts.Users.TrainingConsent.Granted, IsApplied: false);
    private static UserState Declined => new(Contracts.Users.TrainingConsent.Declined, IsApplied: false);

    private Task Write(GrainId grain, UserState state) => _storage.WriteStateAsync("user", grain, new GrainState<UserState>(state));

    private async Task<GrainState<UserState>> Read(GrainId grain)
    {
        var state = new GrainState<UserState>();
        await _storage.ReadStateAsync("user", grain, state);
        return state;
    }

    private SqliteGrainStorage Open() =>
        new(Path.Combine(_folder, "grains.db"), new OrleansGrainStorageSerializer(_serializers.GetRequiredService<Serializer>()));

    private void Reopen()
    {
        _storage.Dispose();
        _storage = Open();
    }

    private sealed class FailingState : IPersistentState<UserState>
    {
        public bool Fails { get; set; }
        public UserState State { get; set; } = new();
        public string Etag => "";
        public bool RecordExists => true;
        public Task ClearStateAsync() => Task.CompletedTask;
        public Task ReadStateAsync() => Task.CompletedTask;
        public Task WriteStateAsync() => Fails ? Task.FromException(new IOException("The disk is full.")) : Task.CompletedTask;
    }
}
