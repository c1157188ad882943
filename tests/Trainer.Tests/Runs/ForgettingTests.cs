using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Runs;

/// <summary>
/// The same parent, seed and batch give the same weights, byte for byte, whatever was trained before, and whatever run and version are
/// called: a service that forgot a user has the weights of one that never saw that user (docs/adr/0031).
/// </summary>
public sealed class ForgettingTests
{
    private static readonly LearningOptions Options = LoopFixture.Options with
    {
        IntraOpThreads = 1,
        Workers = 1,
        RewardModel = LoopFixture.Options.RewardModel with { Epochs = 2 },
        Ppo = LoopFixture.Options.Ppo with { Iterations = 2 },
    };

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Training_after_a_withdrawal_gives_the_weights_of_training_that_never_saw_the_user()
    {
        using var saw = new LoopFixture();
        using var never = new LoopFixture();
        var ada = saw.Batch(pairs: 16, seed: 2);
        // Bob wants the opposite of Ada.
        var bob = saw.Batch(pairs: 16, seed: 9).Training.Pairs.Select(p => p with { FeedbackId = $"bob-{p.FeedbackId}", RaterId = "bob", FirstPreferred = 1 - p.FirstPreferred });
        var both = ada with { Training = new() { Pairs = [.. ada.Training.Pairs, .. bob] } };

        using (var trainer = new LoopTrainer(saw.Store, Options))
        {
            await Train(trainer, both with { RunId = "run-0001" }, version: 2, seed: 1);
            await Train(trainer, ada with { RunId = "run-0002" }, version: 3, seed: 77);
        }
        using (var trainer = new LoopTrainer(never.Store, Options)) await Train(trainer, ada with { RunId = "run-0001" }, version: 2, seed: 77);

        Assert.NotEqual(Weights(saw, "v2"), Weights(saw, "v3"));
        Assert.Equal(Weights(never, "v2"), Weights(saw, "v3"));
        Assert.Equal(Weights(never, "reward-models/run-0001"), Weights(saw, "reward-models/run-0002"));
    }

    private static async Task Train(LoopTrainer trainer, FeedbackBatch batch, int version, long seed)
    {
        var rewardModel = await trainer.TrainRewardModel(
            new(batch.RunId, batch, LoopFixture.Starter, $"reward-models/{batch.RunId}", seed), new ProgressLog(), Guard);
        await trainer.TrainPolicy(
            new(batch.RunId, batch, LoopFixture.Starter, LoopFixture.Starter, rewardModel.Folder, $"v{version}", seed), new ProgressLog(), Guard);
    }

    private static Dictionary<string, byte[]> Weights(LoopFixture fixture, string folder) =>
        Directory.EnumerateFiles(Path.Combine(fixture.Store.Root, folder), "*.safetensors").ToDictionary(f => Path.GetFileName(f)!, File.ReadAllBytes);
}
