using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Tests.Runs;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class ReferenceSetTests
{
    /// <summary>Two versions that learned from other people with other seeds: on the same answers, both have mean 0 and deviation 1.</summary>
    [Fact]
    public async Task Every_reward_model_version_has_its_unit_on_the_same_answers()
    {
        using var fixture = new LoopFixture();
        var options = LoopFixture.Options with { RewardModel = LoopFixture.Options.RewardModel with { Epochs = 2, Folds = 2 }, ReferenceAnswers = 48 };
        using var trainer = new LoopTrainer(fixture.Store, options);
        var guard = TestContext.Current.CancellationToken;
        await trainer.TrainRewardModel(new("run-1", fixture.Batch(pairs: 16, seed: 2), LoopFixture.Starter, "first", 1), new ProgressLog(), guard);
        await trainer.TrainRewardModel(new("run-2", fixture.Batch(pairs: 24, seed: 7), LoopFixture.Starter, "second", 9), new ProgressLog(), guard);

        using var policy = fixture.Store.Load(LoopFixture.Starter);
        using var workers = new TrainingWorkers(2, 1);
        var reference = ReferenceSet.Sample(
            policy.Transformer, new FeedbackTokens(policy.Template, policy.Transformer.Config.MaxPositions), 48, LetterPolicy.Rollouts, workers, guard);
        Assert.InRange(reference.Count, 30, 48);
        foreach (var folder in (string[])["first", "second"])
        {
            using var saved = fixture.Store.Load(folder);
            using var rewardModel = RewardModel.From(saved.Transformer.Weights, saved.Heads);
            var scores = rewardModel.Scores(reference, LetterPolicy.Rollouts.Pad, 512, guard);
            var mean = scores.Average();
            Assert.Equal(0, mean, 2e-3);
            Assert.Equal(1, Math.Sqrt(scores.Average(s => (s - mean) * (s - mean))), 2e-3);
        }
    }
}
