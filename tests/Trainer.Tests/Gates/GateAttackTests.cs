using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Tests.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Gates;

/// <summary>One reward model for all attacks.</summary>
public sealed class TrainedRewardModel : IAsyncLifetime
{
    internal LoopFixture Loop { get; } = new();
    internal LoopTrainer Trainer { get; }
    internal FeedbackBatch Batch { get; private set; } = null!;
    internal RewardModelReport Report { get; private set; } = null!;

    public TrainedRewardModel() => Trainer = new LoopTrainer(Loop.Store, LoopFixture.Options);

    public async ValueTask InitializeAsync()
    {
        Batch = Loop.Batch(pairs: 40, seed: 3);
        Report = await Trainer.TrainRewardModel(new("run", Batch, LoopFixture.Starter, "reward", 1), new ProgressLog(), default);
    }

    public ValueTask DisposeAsync()
    {
        Trainer.Dispose();
        Loop.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Checkpoints that must never serve, judged through the whole step.</summary>
public sealed class GateAttackTests(TrainedRewardModel trained) : IClassFixture<TrainedRewardModel>
{
    [Fact]
    public async Task Not_a_number_in_one_weight()
    {
        var report = await Judge(w => w.ByName["model.layers.1.mlp.up_proj.weight"][3, 3] = float.NaN);

        Assert.False(Check(report, "faults").Passed);
        Assert.Contains("mlp.up_proj", Check(report, "faults").Rule);
    }

    [Fact]
    public async Task Weights_so_large_that_likelihoods_overflow()
    {
        var report = await Judge(w => w.Output.fill_(3e38f));

        Assert.False(Check(report, "faults").Passed);
    }

    [Fact]
    public async Task Noise_in_all_weights()
    {
        using var generator = new Generator(1, CPU);
        var report = await Judge(w =>
        {
            foreach (var p in w.Parameters) p.add_(torch.randn(p.shape, generator: generator));
        });

        Assert.False(report.Passed);
        Assert.False(Check(report, "kl").Passed);
    }

    /// <summary>Sharpened until it always says the same.</summary>
    [Fact]
    public async Task A_collapsed_policy()
    {
        var report = await Judge(w => w.ByName["model.norm.weight"].mul_(100));

        Assert.False(Check(report, "entropy").Passed);
        Assert.False(Check(report, "distinct2").Passed);
    }

    [Fact]
    public async Task A_copy_of_the_parent_is_no_better_than_it()
    {
        var report = await Judge(_ => { });

        Assert.False(report.Passed);
        Assert.Equal(["reward_gain"], report.Checks.Where(c => !c.Passed).Select(c => c.Name));
    }

    private async Task<GateReport> Judge(Action<TransformerWeights> change)
    {
        var candidate = $"candidate-{Guid.NewGuid():N}";
        trained.Loop.SaveCandidate(candidate, weights =>
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            change(weights);
        });
        var job = new GateJob("run", trained.Batch, LoopFixture.Starter, LoopFixture.Starter, candidate, "reward", trained.Report, 1);
        return (await trained.Trainer.Judge(job, new ProgressLog(), TestContext.Current.CancellationToken)).Report;
    }

    private static GateCheck Check(GateReport report, string name) => report.Checks.Single(c => c.Name == name);
}
