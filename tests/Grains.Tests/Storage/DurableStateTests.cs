using ChatLoop.Grains.Storage;
using ChatLoop.Grains.Users;
using Orleans.Storage;

namespace ChatLoop.Grains.Tests.Storage;

public sealed class DurableStateTests
{
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

    [Fact]
    public async Task Write_whose_answer_was_lost_is_found_on_disk()
    {
        var state = new FailingState();
        var durable = new DurableState<UserState>(state);
        await durable.Change(_ => Declined);
        state.OnDisk = Granted;
        await Assert.ThrowsAsync<InconsistentStateException>(() => durable.Change(s => s with { IsApplied = true }));
        Assert.Equal(Granted, durable.Value);
        await durable.Change(s => s with { IsApplied = true });
        Assert.Equal(Granted with { IsApplied = true }, state.State);
    }

    private static UserState Granted => new(Contracts.Users.TrainingConsent.Granted, IsApplied: false);
    private static UserState Declined => new(Contracts.Users.TrainingConsent.Declined, IsApplied: false);

    private sealed class FailingState : IPersistentState<UserState>
    {
        public bool Fails { get; set; }
        /// <summary>What another writer has written: the next write is refused.</summary>
        public UserState? OnDisk { get; set; }
        public UserState State { get; set; } = new();
        public string Etag => "";
        public bool RecordExists => true;
        public Task ClearStateAsync() => Task.CompletedTask;

        public Task ReadStateAsync()
        {
            (State, OnDisk) = (OnDisk ?? State, null);
            return Task.CompletedTask;
        }

        public Task WriteStateAsync() =>
            Fails ? Task.FromException(new IOException("The disk is full."))
            : OnDisk is not null ? Task.FromException(new InconsistentStateException("Another writer was here.")) : Task.CompletedTask;
    }
}
