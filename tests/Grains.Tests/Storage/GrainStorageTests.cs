using ChatLoop.Grains.Users;
using Orleans.Storage;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Storage;

/// <summary>What grains rely on of every storage: durable when acknowledged, never overwritten by a stale writer.</summary>
public abstract class GrainStorageTests : IAsyncLifetime
{
    private static readonly GrainId Ada = GrainId.Create("user", "ada");
    private IGrainStorage _storage = null!;

    public async ValueTask InitializeAsync() => _storage = await Open();

    public async ValueTask DisposeAsync()
    {
        await Close();
        await DeleteAll();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens the storage, with what it kept from the last time.</summary>
    protected abstract Task<IGrainStorage> Open();

    protected abstract Task Close();

    protected abstract Task DeleteAll();

    [Fact]
    public async Task Written_state_is_read_after_a_restart()
    {
        await Write(Ada, Granted);
        await Reopen();
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

    /// <summary>Two silos that both believe that they own a new grain.</summary>
    [Fact]
    public async Task Of_many_first_writers_one_succeeds()
    {
        var writers = Enumerable.Range(0, 20).Select(_ => Task.Run(() => Write(Ada, Granted))).ToArray();
        await Task.WhenAll(writers).ContinueWith(_ => { }, Guard, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.Equal(1, writers.Count(w => w.IsCompletedSuccessfully));
        Assert.All(writers.Where(w => !w.IsCompletedSuccessfully), w => Assert.IsType<InconsistentStateException>(w.Exception!.InnerException));
    }

    [Fact]
    public async Task State_names_and_keys_keep_states_apart()
    {
        await Write(Ada, Granted);
        await _storage.WriteStateAsync("other", Ada, new GrainState<UserState>(Declined));
        await Write(GrainId.Create("user", "Ada"), Declined);
        await Write(GrainId.Create("user", "ada'; --"), Declined);
        Assert.Equal(Granted, (await Read(Ada)).State);
    }

    [Fact]
    public async Task Many_grains_write_at_once()
    {
        var grains = Enumerable.Range(0, 500).Select(i => GrainId.Create("user", $"user{i}")).ToArray();
        await Task.WhenAll(grains.Select(g => Write(g, Granted)));
        await Reopen();
        Assert.All(await Task.WhenAll(grains.Select(Read)), state => Assert.Equal(Granted, state.State));
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

    private async Task Reopen()
    {
        await Close();
        _storage = await Open();
    }
}
