using ChatLoop.Grains.Storage;
using ChatLoop.Grains.Users;

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

    private static UserState Granted => new(Contracts.Users.TrainingConsent.Granted, IsApplied: false);
    private static UserState Declined => new(Contracts.Users.TrainingConsent.Declined, IsApplied: false);

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
