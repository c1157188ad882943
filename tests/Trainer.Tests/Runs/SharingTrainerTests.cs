using Azure.Storage.Blobs.Models;
using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Checkpoints.Blobs;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Model.Tests.Checkpoints.Blobs;
using ChatLoop.Model.Generation;
using ChatLoop.Trainer.Effects;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Tests.ResumePoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatLoop.Trainer.Tests.Runs;

/// <summary>One run whose steps are done by silos with disks of their own.</summary>
public sealed class SharingTrainerTests(Azurite server) : IClassFixture<Azurite>, IDisposable
{
    private static readonly LearningOptions Options = LoopFixture.Options with
    {
        RewardModel = LoopFixture.Options.RewardModel with { Epochs = 1, Folds = 2 },
        Ppo = LoopFixture.Options.Ppo with { Iterations = 1, Answers = 16 },
        ReferenceAnswers = 16,
    };

    private readonly LoopFixture _first = new();
    private readonly TemporaryFolder _second = new(), _third = new();
    private readonly string _container = Azurite.NewContainer();

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_step_of_a_run_may_be_another_silos()
    {
        CheckpointStore second = new(_second.Path), third = new(_third.Path);
        var exchange = Exchange(_first.Store);
        await exchange.Publish(LoopFixture.Starter, Guard);
        var batch = _first.Batch(pairs: 16, seed: 2);

        RewardModelReport rewardModel;
        using (var trainer = Trainer(_first.Store, Options)) rewardModel = await trainer.TrainRewardModel(new("run-1", batch, LoopFixture.Starter, "reward", 5), new ProgressLog(), Guard);
        var job = new PolicyJob("run-1", batch, LoopFixture.Starter, LoopFixture.Starter, "reward", "v2", 5);
        PolicyReport policy;
        using (var trainer = Trainer(second, Options)) policy = await trainer.TrainPolicy(job, new ProgressLog(), Guard);
        using (var trainer = Trainer(third, Options))
        {
            // The second died before it could say so: its output is taken, not made again.
            var log = new ProgressLog();
            Assert.Equal(policy, await trainer.TrainPolicy(job, log, Guard));
            Assert.Empty(log.Reports);
            var outcome = await trainer.Judge(
                new("run-1", batch, LoopFixture.Starter, LoopFixture.Starter, "v2", "reward", rewardModel, 5), new ProgressLog(), Guard);
            Assert.NotEmpty(outcome.Report.Checks);
        }
        Assert.Equal(policy.WeightsHash, third.ReadManifest("v2").WeightsHash);
    }

    /// <summary>A silo is told to stop, or its step fails; another one, with nothing of its disk, goes on with the same weights.</summary>
    [Fact]
    public async Task A_step_that_was_stopped_goes_on_on_another_silo()
    {
        var options = Options with { Workers = 1, Ppo = Options.Ppo with { Iterations = 2 } };
        CheckpointStore second = new(_second.Path), third = new(_third.Path);
        await Exchange(_first.Store).Publish(LoopFixture.Starter, Guard);
        var batch = _first.Batch(pairs: 16, seed: 2);
        using var first = Trainer(_first.Store, options);
        await first.TrainRewardModel(new("run-1", batch, LoopFixture.Starter, "reward", 5), new ProgressLog(), Guard);
        var job = new PolicyJob("run-1", batch, LoopFixture.Starter, LoopFixture.Starter, "reward", "v2", 5);
        using (var stopped = Trainer(second, options))
            await Assert.ThrowsAsync<KilledException>(() => stopped.TrainPolicy(job, new Fatal(4), Guard));
        Assert.Equal(2, await Points());

        var log = new ProgressLog();
        using var other = Trainer(third, options);
        var policy = await other.TrainPolicy(job, log, Guard);

        Assert.Contains(log.Reports, r => r.Detail.StartsWith("PPO goes on after iteration 1 of 2", StringComparison.Ordinal));
        Assert.Equal(0, await Points());
        using var alone = new LoopTrainer(_first.Store, options);
        Assert.Equal(policy.WeightsHash, (await alone.TrainPolicy(job with { OutputFolder = "alone" }, new ProgressLog(), Guard)).WeightsHash);
    }

    [Fact]
    public async Task A_run_that_ended_leaves_no_points_for_others()
    {
        await Exchange(_first.Store).Publish(LoopFixture.Starter, Guard);
        using var trainer = Trainer(_first.Store, Options);
        var job = new RewardModelJob("run-1", _first.Batch(pairs: 16, seed: 2), LoopFixture.Starter, "reward", 5);
        await Assert.ThrowsAsync<KilledException>(() => trainer.TrainRewardModel(job, new Fatal(3), Guard));
        Assert.NotEqual(0, await Points());

        await trainer.Abandon("reward", Guard);

        Assert.Equal(0, await Points());
    }

    [Fact]
    public async Task A_version_that_is_gone_is_named_before_anything_is_compared()
    {
        var store = new CheckpointStore(_second.Path);
        using var worker = new SharingEffectWorker(new EffectWorker(store, new(), new PolicyEngineOptions()), Exchange(store));
        var error = await Assert.ThrowsAsync<ChatLoopException>(() =>
            worker.Measure(new(new(1, LoopFixture.Starter), new(2, "v2"), RewardModelFolder: null, [], [], new()), Guard));
        Assert.Contains("version 1", error.Message, StringComparison.Ordinal);
    }

    private SharingTrainer Trainer(CheckpointStore store, LearningOptions options) => new(new LoopTrainer(store, options), Exchange(store),
        new BlobFolderMirror(server.Container(_container), "resume/", new()), store, TimeProvider.System, NullLogger<SharingTrainer>.Instance);

    private async Task<int> Points() =>
        await server.Container(_container).GetBlobsAsync(BlobTraits.None, BlobStates.None, "resume/", Guard).CountAsync(Guard);

    private BlobCheckpoints Exchange(CheckpointStore store) => new(server.Container(_container), store, new(), TimeProvider.System);

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _third.Dispose();
    }
}
