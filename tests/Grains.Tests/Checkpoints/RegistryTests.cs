using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Grains.Tests.Cluster;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Checkpoints;

/// <summary>Lineage: one live version at a time, every move on record, nothing twice.</summary>
public sealed class RegistryTests : IAsyncLifetime
{
    private static readonly GateReport Passes = new([new GateCheck("kl", 3, 15, "at most 15", Passed: true)]);
    private static readonly GateReport Fails = new([new GateCheck("kl", 18.2, 15, "at most 15", Passed: false)]);
    private GrainCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start();
        await Registry.EnsureStarter("starter", "hash");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private ICheckpointRegistryGrain Registry => _cluster.Registry;

    [Fact]
    public async Task Starter_is_version_1_once()
    {
        var again = await Registry.EnsureStarter("elsewhere", "other");
        Assert.Equal((1, "starter", CheckpointStage.Live), (again.Version, again.Folder, again.Stage));
        Assert.Null(again.Parent);
        Assert.Single(await Registry.List());
        Assert.Single(await Registry.Decisions());
    }

    [Fact]
    public async Task Run_keeps_its_number_and_its_candidate()
    {
        Assert.Equal(2, await Registry.Reserve("run-1"));
        Assert.Equal(3, await Registry.Reserve("run-2"));
        Assert.Equal(2, await Registry.Reserve("run-1"));
        var first = await Registry.Register(Candidate(2, "run-1"));
        Assert.Equal(first, await Registry.Register(Candidate(2, "run-1") with { WeightsHash = "other" }));
        await Refuses(ErrorCode.Conflict, () => Registry.Register(Candidate(9, "run-9")));
        await Refuses(ErrorCode.Invalid, () => Registry.Register(Candidate(3, "run-2") with { Parent = 77 }));
        Assert.Equal(4, await Registry.Reserve("run-3"));
    }

    [Fact]
    public async Task Passing_the_gate_puts_live_once_and_survives_a_restart()
    {
        await Add("run-1", 2);
        var live = await Registry.Decide(2, Passes, new CheckpointMetrics { Kl = 3 });
        Assert.Equivalent(live, await Registry.Decide(2, Fails, new CheckpointMetrics()));
        await _cluster.Restart();

        var list = await Registry.List();
        Assert.Equal([CheckpointStage.Retired, CheckpointStage.Live], list.Select(c => c.Stage));
        Assert.Equal(3, list[1].Metrics!.Kl);
        Assert.True(list[1].Gate!.Passed);
        Assert.NotNull(list[1].WentLiveAt);
        Assert.Equal([1, 2], (await Registry.Decisions()).Select(d => d.Version));
        Assert.Equal(2, (await Registry.GetLive()).Version);
    }

    [Fact]
    public async Task Failing_the_gate_names_the_check_and_leaves_the_live_version()
    {
        await Add("run-1", 2);
        var rejected = await Registry.Decide(2, Fails, new CheckpointMetrics());
        Assert.Equal((CheckpointStage.Rejected, (DateTimeOffset?)null), (rejected.Stage, rejected.WentLiveAt));
        Assert.Equal(1, (await Registry.GetLive()).Version);
        Assert.Contains("kl 18.2", (await Registry.Decisions())[^1].Reason, StringComparison.Ordinal);
        await Refuses(ErrorCode.Conflict, () => Registry.MakeLive(2, "please", "ada"));
    }

    [Fact]
    public async Task Gate_that_checked_nothing_lets_nothing_through()
    {
        await Add("run-1", 2);
        Assert.Equal(CheckpointStage.Rejected, (await Registry.Decide(2, new GateReport([]), new CheckpointMetrics())).Stage);
    }

    [Fact]
    public async Task Candidate_that_was_compared_with_another_version_than_the_live_one_is_refused()
    {
        await Add("run-1", 2);
        await Add("run-2", 3);
        await Registry.Decide(2, Passes, new CheckpointMetrics());
        Assert.Equal(CheckpointStage.Rejected, (await Registry.Decide(3, Passes, new CheckpointMetrics())).Stage);
        Assert.Equal(2, (await Registry.GetLive()).Version);
    }

    [Fact]
    public async Task Rollback_makes_an_earlier_live_version_live_again_with_a_reason()
    {
        await Add("run-1", 2);
        await Registry.Decide(2, Passes, new CheckpointMetrics());
        await Refuses(ErrorCode.Invalid, () => Registry.MakeLive(1, "  ", "ada"));
        await Refuses(ErrorCode.NotFound, () => Registry.MakeLive(9, "why not", "ada"));

        var live = await Registry.MakeLive(1, "Users complain.", "ada");
        Assert.Equivalent(live, await Registry.MakeLive(1, "Users complain.", "ada"));

        Assert.Single(await Registry.List(), c => c.Stage == CheckpointStage.Live);
        Assert.Equal("Users complain.", (await Registry.Decisions())[^1].Reason);
        Assert.Equal(3, (await Registry.Decisions()).Count);
    }

    [Fact]
    public async Task Watcher_gets_the_live_version_first_and_then_each_change()
    {
        await using var watch = Registry.WatchLive(Guard).GetAsyncEnumerator(Guard);
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(1, watch.Current.Version);
        await Add("run-1", 2);
        await Registry.Decide(2, Passes, new CheckpointMetrics());
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(2, watch.Current.Version);
        await Registry.MakeLive(1, "Back.", "ada");
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(1, watch.Current.Version);
    }

    [Fact]
    public async Task Pinned_version_stays_live_until_it_is_unpinned_and_the_trail_says_who_and_why()
    {
        await Refuses(ErrorCode.Invalid, () => Registry.Pin(1, "", "eve"));
        await Refuses(ErrorCode.Conflict, () => Registry.Unpin(1, "Why?", "eve"));
        var pin = await Registry.Pin(1, "A release.", "eve");
        Assert.Equal(pin, await Registry.Pin(1, "Once more.", "bob"));
        await Add("run-1", 2);
        Assert.Equal(CheckpointStage.Held, (await Registry.Decide(2, Passes, new CheckpointMetrics())).Stage);
        await Refuses(ErrorCode.Conflict, () => Registry.Pin(2, "This one.", "eve"));
        await Refuses(ErrorCode.Conflict, () => Registry.MakeLive(2, "It is better.", "eve"));
        await _cluster.Restart();
        Assert.Equal(pin, await Registry.GetPin());

        await Registry.Unpin(1, "Released.", "bob");
        Assert.Null(await Registry.GetPin());
        Assert.Equal(CheckpointStage.Live, (await Registry.MakeLive(2, "It is better.", "eve")).Stage);
        Assert.Equal(
            [(1, "start", RegistryAction.Move), (1, "eve", RegistryAction.Pin), (2, "gate", RegistryAction.Move), (1, "bob", RegistryAction.Unpin), (2, "eve", RegistryAction.Move)],
            (await Registry.Decisions()).Select(d => (d.Version, d.By, d.Action)));
    }

    [Fact]
    public async Task Damaged_version_is_replaced_although_it_is_pinned()
    {
        await Add("run-1", 2);
        await Registry.Decide(2, Passes, new CheckpointMetrics());
        await Registry.Pin(2, "A release.", "eve");
        Assert.Equal(CheckpointStage.Live, (await Registry.MakeIntactLive(1, "Version 2 is damaged.")).Stage);
        Assert.Null(await Registry.GetPin());
    }

    private async Task Add(string runId, int version)
    {
        await Registry.Reserve(runId);
        await Registry.Register(Candidate(version, runId));
    }

    private static CheckpointRecord Candidate(int version, string runId) => new()
    {
        Version = version,
        Parent = 1,
        RunId = runId,
        Folder = $"v{version}",
        WeightsHash = "h",
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
