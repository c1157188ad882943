using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Ppo;

/// <summary>What saves memory in an update changes nothing that is learned.</summary>
public sealed class GradientAccumulationTests
{
    private static readonly TokenizedAnswer[] Answers =
    [
        .. Enumerable.Range(0, 6).Select(i => new TokenizedAnswer(
            LetterPolicy.Prompts(6)[i], [.. Enumerable.Range(0, 1 + (i * i)).Select(t => 100 + ((t + i) % 6))])),
    ];

    /// <summary>Answers of 1 to 26 tokens: the token mean over all of them, not the mean of the micro-batches' means.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(48)]
    [InlineData(96)]
    public void Micro_batches_of_unequal_length_add_up_to_the_gradient_of_the_whole(int microBatchTokens)
    {
        using var scope = NewDisposeScope();
        var total = Answers.Sum(a => a.Answer.Count);
        var whole = Gradient(int.MaxValue, _ => total);
        var accumulated = Gradient(microBatchTokens, _ => total);
        var groups = LengthBuckets.Split([.. Answers.Select(a => a.Length)], microBatchTokens).Count;
        var meanOfMeans = Gradient(microBatchTokens, tokens => tokens * groups);

        Assert.True(groups > 1);
        Assert.True(Distance(whole, accumulated) < 1e-5, $"{Distance(whole, accumulated)}");
        Assert.True(Distance(whole, meanOfMeans) > 0.1, $"{Distance(whole, meanOfMeans)}");
    }

    [Fact]
    public void Checkpointing_trains_the_same_weights()
    {
        Assert.Equal(Trained(checkpointing: false), Trained(checkpointing: true));

        static double[] Trained(bool checkpointing)
        {
            set_num_threads(1);
            using var scope = NewDisposeScope();
            using Transformer policy = new(LetterPolicy.Weights(3)), reference = new(LetterPolicy.Weights(3));
            using var rewardModel = RewardModel.From(reference.Weights, seed: 1);
            using var workers = new TrainingWorkers(2, 1);
            new PpoTrainer(new() { Iterations = 2, Answers = 16 }, LetterPolicy.Rollouts with { GradientCheckpointing = checkpointing }, workers).Train(
                policy, reference, rewardModel, LetterPolicy.Prompts(20), seed: 1, new Silent(), TestContext.Current.CancellationToken);
            Assert.Equal(checkpointing, policy.GradientCheckpointing);
            return [.. policy.TrainableParameters.SelectMany(p => Near.Doubles(p))];
        }
    }

    /// <param name="denominator">Of a micro-batch's summed loss, from its answer tokens.</param>
    private static Tensor Gradient(int microBatchTokens, Func<int, int> denominator)
    {
        using var policy = new Transformer(LetterPolicy.Weights(3));
        policy.RequireGradients(true);
        foreach (var group in LengthBuckets.Split([.. Answers.Select(a => a.Length)], microBatchTokens))
        {
            using var batch = PaddedBatch.Of([.. group.Select(i => Answers[i])], LetterPolicy.Rollouts.Pad);
            var advantages = tensor(group.SelectMany(i => Answers[i].Answer.Select(_ => i % 2 == 0 ? 1f : -0.5f)).ToArray());
            var log = AnswerLikelihood.Of(policy, batch).LogProbabilities;
            var surrogate = ClippedSurrogate.Evaluate(log, log.detach(), advantages, 0.2);
            new TokenMean(denominator(batch.TokenCount)).Share(surrogate.Loss).backward();
        }
        return cat([.. policy.TrainableParameters.Select(p => p.grad!.reshape(-1))], 0).clone();
    }

    /// <summary>Relative, in the Euclidean norm.</summary>
    private static double Distance(Tensor a, Tensor b) => ((a - b).norm() / a.norm()).item<float>();

    private sealed class Silent : IPpoObserver
    {
        public void Sampling(int number) { }
        public void Updating(int number) { }
        public void Finished(PpoIteration iteration) { }
    }
}
