using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Ppo;

/// <summary>The loop trains every family: policy, reward model and critic.</summary>
public sealed class FamilyTrainingTests : IDisposable
{
    private readonly TrainingWorkers _workers = new(count: 2, intraOpThreads: 1);

    private static TransformerConfig Config(ModelFamily family)
    {
        var config = LetterPolicy.Config with { Family = family };
        return family switch
        {
            ModelFamily.Gpt2 => config with { KeyValueHeads = config.Heads },
            ModelFamily.Mistral => config with { SlidingWindow = 4 },
            ModelFamily.Qwen3 => config with { HeadSize = 12 },
            _ => config,
        };
    }

    /// <summary>Sampled one by one through the cache and evaluated in padded batches, every token has the same probability.</summary>
    [Theory]
    [InlineData(ModelFamily.Gpt2)]
    [InlineData(ModelFamily.Mistral)]
    [InlineData(ModelFamily.Qwen2)]
    [InlineData(ModelFamily.Qwen3)]
    public void Ppo_begins_at_ratio_one_and_moves_the_policy(ModelFamily family)
    {
        using var scope = NewDisposeScope();
        using var policy = new Transformer(LetterPolicy.Weights(3, Config(family)));
        using var reference = new Transformer(policy.Weights.Clone());
        using var rewardModel = RewardModel.From(policy.Weights, seed: 1);

        var iterations = new PpoTrainer(new() { Iterations = 2, Answers = 32, PlateauIterations = 2 }, LetterPolicy.Rollouts, _workers).Train(
            policy, reference, rewardModel, LetterPolicy.Prompts(20), seed: 1, new Silent(), TestContext.Current.CancellationToken).Iterations;

        Assert.Equal(1, iterations[0].Policy.FirstRatio, 1e-5);
        Assert.Equal(0, iterations[0].SequenceKl, 1e-4);
        Assert.All(iterations, i => Assert.False(i.Policy.Diverged));
        Assert.All(reference.Weights.ByName, w => Assert.False(w.Value.equal(policy.Weights.ByName[w.Key]).all().item<bool>(), w.Key));
    }

    [Theory]
    [InlineData(ModelFamily.Gpt2)]
    [InlineData(ModelFamily.Qwen3)]
    public void Gradients_of_scores_and_values_reach_the_whole_trunk(ModelFamily family)
    {
        using var scope = NewDisposeScope();
        using var weights = LetterPolicy.Weights(3, Config(family));
        using var rewardModel = RewardModel.From(weights, seed: 1);
        using var critic = new Critic(rewardModel);
        using var batch = PaddedBatch.Of([new([7, 8, 9], [10, 11]), new([7], [12, 13, 14, 15])], pad: 0);
        rewardModel.RequireGradients(true);
        critic.RequireGradients(true);

        rewardModel.RawScores(batch).sum().backward();
        critic.Values(batch).sum().backward();

        // Neither uses the output projection.
        var used = rewardModel.Parameters.Concat(critic.Parameters).Where(p => !ReferenceEquals(p, rewardModel.Trunk.Weights.Output)).ToList();
        Assert.Equal(1, used.Count(p => p.grad is null));
        Assert.All(used.Where(p => p.grad is not null), p => Assert.True(p.grad!.isfinite().all().item<bool>()));
    }

    public void Dispose() => _workers.Dispose();

    private sealed class Silent : IPpoObserver
    {
        public void Sampling(int number) { }
        public void Updating(int number) { }
        public void Finished(PpoIteration iteration) { }
    }
}
