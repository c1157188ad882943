using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Checkpoints.Blobs;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Model.Tests.Checkpoints.Blobs;
using ChatLoop.Model.Generation;
using ChatLoop.Trainer.Effects;
using ChatLoop.Trainer.Runs;

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
        using (var trainer = Trainer(_first.Store)) rewardModel = await trainer.TrainRewardModel(new("run-1", batch, LoopFixture.Starter, "reward", 5), new ProgressLog(), Guard);
        var job = new PolicyJob("run-1", batch, LoopFixture.Starter, LoopFixture.Starter, "reward", "v2", 5);
        PolicyReport policy;
        using (var trainer = Trainer(second)) policy = await trainer.TrainPolicy(job, new ProgressLog(), Guard);
        using (var trainer = Trainer(third))
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

    [Fact]
    public async Task A_version_that_is_gone_is_named_before_anything_is_compared()
    {
        var store = new CheckpointStore(_second.Path);
        using var worker = new SharingEffectWorker(new EffectWorker(store, new(), new PolicyEngineOptions()), Exchange(store));
        var error = await Assert.ThrowsAsync<ChatLoopException>(() =>
            worker.Measure(new(new(1, LoopFixture.Starter), new(2, "v2"), RewardModelFolder: null, [], [], new()), Guard));
        Assert.Contains("version 1", error.Message, StringComparison.Ordinal);
    }

    private SharingTrainer Trainer(CheckpointStore store) => new(new LoopTrainer(store, Options), Exchange(store));

    private BlobCheckpoints Exchange(CheckpointStore store) => new(server.Container(_container), store, new(), TimeProvider.System);

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _third.Dispose();
    }
}
