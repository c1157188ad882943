using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Tests.ResumePoints;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Runs;

/// <summary>Moments that go from one run's candidate to the next run, where a setting says so.</summary>
public sealed class OptimizerMemoryTests : IDisposable
{
    private const int UpdatesPerRun = 2 * 2 * 2;
    private readonly LoopFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    private static LearningOptions Options(bool keep) => LoopFixture.Options with
    {
        Workers = 1,
        KeepOptimizerState = keep,
        RewardModel = LoopFixture.Options.RewardModel with { Epochs = 1, Folds = 2 },
        Ppo = LoopFixture.Options.Ppo with { Iterations = 2, Answers = 16, Epochs = 2, Minibatches = 2, MaxApproximateKl = 100 },
        ReferenceAnswers = 16,
    };

    [Fact]
    public async Task The_next_run_goes_on_with_the_moments_of_its_parent()
    {
        var batch = _fixture.Batch(pairs: 16, seed: 2);
        using (var trainer = new LoopTrainer(_fixture.Store, Options(keep: true)))
        {
            await trainer.TrainRewardModel(new("run-1", batch, LoopFixture.Starter, "reward", 5), new ProgressLog(), Guard);
            await trainer.TrainPolicy(Job("run-1", LoopFixture.Starter, "v2"), new ProgressLog(), Guard);
            await trainer.TrainPolicy(Job("run-2", "v2", "v3"), new ProgressLog(), Guard);
            await Assert.ThrowsAsync<KilledException>(() => trainer.TrainPolicy(Job("run-2", "v2", "killed"), new Fatal(4), Guard));
            await trainer.TrainPolicy(Job("run-2", "v2", "killed"), new ProgressLog(), Guard);
        }
        using (var trainer = new LoopTrainer(_fixture.Store, Options(keep: false)))
            await trainer.TrainPolicy(Job("run-2", "v2", "forgetful"), new ProgressLog(), Guard);

        Assert.Equal((UpdatesPerRun, 2 * UpdatesPerRun), (Steps("v2"), Steps("v3")));
        Assert.True(_fixture.Store.ReadManifest("v3").SameFiles(_fixture.Store.ReadManifest("killed")));
        Assert.NotEqual(_fixture.Store.ReadManifest("v3").WeightsHash, _fixture.Store.ReadManifest("forgetful").WeightsHash);
        Assert.Null(_fixture.Store.FindOptimizer("forgetful"));
        using var loaded = _fixture.Store.Load("v2");
        Assert.DoesNotContain(CheckpointFiles.Optimizer, loaded.Files.Keys);

        PolicyJob Job(string run, string parent, string output) => new(run, batch, parent, LoopFixture.Starter, "reward", output, 5);
    }

    private int Steps(string folder)
    {
        using var scope = NewDisposeScope();
        var tensors = Safetensors.Read(_fixture.Store.FindOptimizer(folder)!);
        using var policy = _fixture.Store.Load(folder);
        Assert.All(policy.Transformer.Weights.ByName, w => Assert.Equal(w.Value.shape, tensors[$"exp_avg_sq.{w.Key}"].shape));
        return (int)tensors["step"].item<float>();
    }
}
