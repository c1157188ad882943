using ChatLoop.Model.Tests;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Ppo;

[Collection(LiveTensors.Name)]
public sealed class PpoTrainerTests : IDisposable
{
    private readonly Transformer _policy = new(LetterPolicy.Weights(3));
    private readonly Transformer _reference = new(LetterPolicy.Weights(3));
    private readonly RewardModel _rewardModel;
    private readonly TrainingWorkers _workers = new(count: 2, intraOpThreads: 1);

    public PpoTrainerTests()
    {
        using var weights = LetterPolicy.Weights(3);
        _rewardModel = RewardModel.From(weights, seed: 1);
    }

    public void Dispose()
    {
        _policy.Dispose();
        _reference.Dispose();
        _rewardModel.Dispose();
        _workers.Dispose();
    }

    /// <summary>Before the first step nothing has moved: the ratio of every token is 1, the KL to the reference 0.</summary>
    [Fact]
    public void First_ratios_are_one()
    {
        var first = Train(new() { Iterations = 1, Answers = 32 })[0];

        Assert.Equal(1, first.Policy.FirstRatio, 1e-5);
        Assert.Equal(0, first.SequenceKl, 1e-4);
    }

    /// <summary>Answers cut after one token have the fixed score; the reward model, which gives 0 here, is not asked.</summary>
    [Fact]
    public void Unfinished_answers_get_the_fixed_score()
    {
        using (no_grad()) _rewardModel.Weight.zero_();

        var first = Train(new() { Iterations = 1, Answers = 64, UnfinishedScore = -2 }, LetterPolicy.Rollouts with { MaxAnswerTokens = 1 })[0];

        Assert.InRange(first.Finished, 0.01, 0.5);
        Assert.Equal(-2 * (1 - first.Finished), first.Score, 1e-5);
    }

    [Fact]
    public void An_update_that_overdraws_the_kl_budget_is_taken_back()
    {
        var options = new PpoOptions { Iterations = 20, Answers = 32, LearningRate = 3e-2, MaxKl = 0.5, PlateauIterations = 20 };
        var sampledFrom = new List<float[]>();
        var outcome = Outcome(options, onUpdate: _ => sampledFrom.Add(Weights()));

        Assert.Equal(PpoEnd.KlBudget, outcome.End);
        Assert.InRange(outcome.Iterations.Count, 2, 19);
        Assert.All(outcome.Iterations, i => Assert.True(i.SequenceKl <= 0.5));
        Assert.Equal(sampledFrom[^1], Weights());
    }

    /// <summary>A parent that went to its limit must not end all learning; and what the KL costs brings it down.</summary>
    [Fact]
    public void A_policy_that_starts_over_the_kl_budget_learns_while_its_kl_falls()
    {
        Train(new() { Iterations = 12, Answers = 32, LearningRate = 1e-2, KlCoefficient = 0, PlateauIterations = 20, MaxKl = 100 });
        var iterations = Train(new() { Iterations = 12, Answers = 64, LearningRate = 1e-2, KlCoefficient = 1, KlControl = KlControl.Fixed, MaxKl = 0.05, PlateauIterations = 20 });

        Assert.True(iterations[0].SequenceKl > 0.05, $"{iterations[0].SequenceKl}");
        Assert.True(iterations.Count > 2, $"{iterations.Count}");
        Assert.True(iterations[^1].SequenceKl < iterations[0].SequenceKl);
    }

    [Fact]
    public void A_fixed_coefficient_stays_and_an_adaptive_one_moves()
    {
        double[] Coefficients(KlControl control) =>
            [.. Train(new() { Iterations = 3, Answers = 16, KlControl = control }).Select(i => i.KlCoefficient)];

        Assert.Equal([0.1, 0.1, 0.1], Coefficients(KlControl.Fixed));
        Assert.Equal(3, Coefficients(KlControl.Adaptive).Distinct().Count());
    }

    /// <summary>Scores of twice the size are rewards of twice the size, and the critic is four times as wrong; whitened, they are the same.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whitened_rewards_have_no_unit(bool whitened)
    {
        double CriticLoss(double scale)
        {
            _rewardModel.Normalisation = new(scale, 0);
            var options = new PpoOptions { Iterations = 1, Answers = 32, KlCoefficient = 0, WhitenRewards = whitened, UnfinishedScore = -1e-9, LearningRate = 1e-12, CriticLearningRate = 1e-12 };
            return Train(options)[0].Value!.Loss;
        }

        using (no_grad()) _rewardModel.Bias.fill_(3);
        var (small, large) = (CriticLoss(1e-3), CriticLoss(2e-3));

        if (whitened) Assert.Equal(small, large, 0.02 * small);
        else Assert.True(large > 2 * small);
    }

    [Fact]
    public void The_reference_and_the_reward_model_never_change()
    {
        var before = Sum(_reference.Weights.Parameters) + Sum(_rewardModel.Parameters);
        var policy = Sum(_policy.Weights.Parameters);
        Train(new() { Iterations = 2, Answers = 16 });

        Assert.Equal(before, Sum(_reference.Weights.Parameters) + Sum(_rewardModel.Parameters));
        Assert.NotEqual(policy, Sum(_policy.Weights.Parameters));
    }

    [Fact]
    public void No_tensor_is_left_behind_by_an_iteration()
    {
        var counts = new List<long>();
        Train(new() { Iterations = 5, Answers = 16, PlateauIterations = 5 }, onFinished: () => counts.Add(LiveTensors.Count()));

        Assert.Equal(5, counts.Count);
        Assert.All(counts.Skip(1), c => Assert.Equal(counts[0], c));
    }

    private IReadOnlyList<PpoIteration> Train(PpoOptions options, RolloutSettings? settings = null, Action? onFinished = null, Action<int>? onUpdate = null) =>
        Outcome(options, settings, onFinished, onUpdate).Iterations;

    private PpoOutcome Outcome(PpoOptions options, RolloutSettings? settings = null, Action? onFinished = null, Action<int>? onUpdate = null)
    {
        using var noLeaks = NewDisposeScope();
        return new PpoTrainer(options, settings ?? LetterPolicy.Rollouts, _workers).Train(
            _policy, _reference, _rewardModel, LetterPolicy.Prompts(20), seed: 1, new Observer(onFinished, onUpdate), TestContext.Current.CancellationToken);
    }

    private float[] Weights()
    {
        using var scope = NewDisposeScope();
        return [.. _policy.Weights.Parameters.SelectMany(p => p.detach().contiguous().data<float>().ToArray())];
    }

    private static double Sum(IEnumerable<Tensor> tensors)
    {
        using var scope = NewDisposeScope();
        return tensors.Sum(t => t.detach().to(ScalarType.Float64).square().sum().item<double>());
    }

    private sealed class Observer(Action? onFinished, Action<int>? onUpdate) : IPpoObserver
    {
        public void Sampling(int number) { }
        public void Updating(int number) => onUpdate?.Invoke(number);
        public void Finished(PpoIteration iteration) => onFinished?.Invoke();
    }
}
