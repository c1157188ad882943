using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Grains.Forgetting;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Forgetting;

/// <summary>Weights that learned from what was withdrawn are deleted, once another version has been live for long enough, and no others.</summary>
public sealed class RemovalTests : IAsyncLifetime
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(1);
    private static readonly GateReport Passes = new([new GateCheck("kl", 3, 15, "at most 15", Passed: true)]);
    private readonly ManualClock _clock = new();
    private GrainCluster _cluster = null!;
    private CheckpointStore _store = null!;
    private ForgottenCheckpoints _removal = null!;
    private Rater _ada = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start(new CollectionOptions { PairsPerRun = 1000 }, clock: _clock);
        await _cluster.Registry.EnsureStarter("starter", "hash");
        _ada = await new Rater(_cluster, "ada").Consent();
        _store = new(Path.Combine(_cluster.Folder, "checkpoints"));
        _removal = new(_cluster.Client, _cluster.Silo.GetRequiredService<ForgettingSurvey>(), _store, new NoCheckpointExchange(),
            new() { KeepRetired = Keep }, _clock, NullLogger<ForgottenCheckpoints>.Instance);
        foreach (var folder in (string[])["starter", "v2", "v3", "reward-models/run-1", "reward-models/run-2", "reward-models/run-failed"])
            Directory.CreateDirectory(Path.Combine(_store.Root, folder));
    }

    public async ValueTask DisposeAsync()
    {
        _removal.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Version_and_reward_models_that_learned_it_are_deleted_once_another_is_live_for_long_enough()
    {
        var judged = (await _ada.JudgePairs(1))[0].Submission.FeedbackId;
        var store = _cluster.Silo.GetRequiredService<Grains.Feedback.FeedbackStore>();
        await store.TakeUpBatch("run-failed", [judged]);
        await store.ReleaseBatch("run-failed");
        await Add("run-1", 2, [judged]);
        await _ada.Ledger.WithdrawAll("ada");
        await _removal.Sweep(Guard);
        Assert.Equal(["reward-models/run-1", "reward-models/run-2", "starter", "v2", "v3"], Folders());
        await Add("run-2", 3, [], parent: 1, replaces: 2);
        await _removal.Sweep(Guard);
        Assert.Contains("v2", Folders());
        _clock.Advance(Keep);
        await _removal.Sweep(Guard);
        await _removal.Sweep(Guard);

        Assert.Equal(["reward-models/run-2", "starter", "v3"], Folders());
        Assert.Equal(_clock.GetUtcNow(), (await _cluster.Registry.List())[1].RemovedAt);
        Assert.Equal((2, "Its files were deleted: it learned from feedback that was withdrawn."),
            ((await _cluster.Registry.Decisions())[^1].Version, (await _cluster.Registry.Decisions())[^1].Reason));
        Assert.Equal(4, (await _cluster.Registry.Decisions()).Count);
    }

    private async Task Add(string run, int version, IReadOnlyCollection<string> held, int parent = 1, int? replaces = null)
    {
        var store = _cluster.Silo.GetRequiredService<Grains.Feedback.FeedbackStore>();
        await store.TakeUpBatch(run, held);
        Assert.Equal(version, await _cluster.Registry.Reserve(run));
        await _cluster.Registry.Register(new()
        {
            Version = version,
            Parent = parent,
            Replaces = replaces,
            RunId = run,
            Folder = $"v{version}",
            RewardModel = $"reward-models/{run}",
            WeightsHash = run,
            CreatedAt = _clock.GetUtcNow(),
        });
        Assert.Equal(CheckpointStage.Live, (await _cluster.Registry.Decide(version, Passes, new())).Stage);
        await store.MarkLearned(run, version);
    }

    private IEnumerable<string> Folders() =>
        ((string[])["starter", "v2", "v3", "reward-models/run-1", "reward-models/run-2", "reward-models/run-failed"])
            .Where(folder => Directory.Exists(Path.Combine(_store.Root, folder))).Order(StringComparer.Ordinal);
}
