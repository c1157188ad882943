using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Tests.Tokenizers;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Gates;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Tests.Runs;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Ppo;

/// <summary>
/// Every logged number is the same whether answers of very unequal lengths are worked through one by one or in one batch that is mostly
/// padding: entropy, KL, clipped share, losses and scores know answer tokens only.
/// </summary>
public sealed class PaddingTests : IDisposable
{
    private const int Alone = 1, Together = 1_000_000;
    private const double Tolerance = 1e-6;

    private static readonly int[] Lengths = [1, 40, 2, 33, 1, 5, 38, 1];

    private readonly Transformer _policy = new(LetterPolicy.Weights(3));
    private readonly Transformer _reference = new(LetterPolicy.Weights(5));
    private readonly RewardModel _rewardModel;
    private readonly TrainingWorkers _workers = new(count: 1, intraOpThreads: 1);

    public PaddingTests() => _rewardModel = RewardModel.From(_reference.Weights, seed: 1);

    public void Dispose()
    {
        _policy.Dispose();
        _reference.Dispose();
        _rewardModel.Dispose();
        _workers.Dispose();
    }

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    private static RolloutSettings Sampling(int microBatchTokens) => LetterPolicy.Rollouts with { MicroBatchTokens = microBatchTokens };

    private static IReadOnlyList<TokenizedAnswer> Answers { get; } =
        [.. Lengths.Select((length, i) => new TokenizedAnswer(LetterPolicy.Prompts(8)[i], [.. Enumerable.Range(0, length).Select(t => Letter(i + 3 * t))]))];

    private static int Letter(int i) => TinyTokenizer.FirstByte + "abcdef?"[i % 7];

    [Fact]
    public void Likelihoods_entropies_values_and_scores()
    {
        using var critic = new Critic(_rewardModel);
        var (alone, together) = (Of(Alone), Of(Together));

        Assert.Equal(3 * Lengths.Sum() + Lengths.Length, alone.Length);
        Near.Equal(alone, together, 1e-5);
        Assert.Equal(alone.Average(), together.Average(), Tolerance);

        double[] Of(int tokens)
        {
            var likelihoods = AnswerLikelihood.Evaluate(_policy, Answers, LetterPolicy.Rollouts.Pad, tokens, Guard);
            return
            [
                .. likelihoods.SelectMany(l => l.LogProbabilities).Select(p => (double)p), .. likelihoods.SelectMany(l => l.Entropy).Select(e => (double)e),
                .. critic.Values(Answers, LetterPolicy.Rollouts.Pad, tokens, Guard).SelectMany(v => v),
                .. _rewardModel.Scores(Answers, LetterPolicy.Rollouts.Pad, tokens, Guard),
            ];
        }
    }

    /// <summary>With old log-probabilities that lie off the policy's, so that ratios leave the clip range on both sides.</summary>
    [Fact]
    public void What_an_update_logs()
    {
        var likelihoods = AnswerLikelihood.Evaluate(_policy, Answers, LetterPolicy.Rollouts.Pad, Alone, Guard);
        Experience[] experience =
        [
            .. Answers.Select((answer, i) => new Experience
            {
                Tokens = answer,
                LogPolicy = [.. likelihoods[i].LogProbabilities.Select((p, t) => p + 0.3f * MathF.Sin(i + t))],
                LogReference = likelihoods[i].LogProbabilities,
                Entropy = likelihoods[i].Entropy,
                Score = i,
                Advantages = [.. answer.Answer.Select((_, t) => Math.Cos(2 * i + t))],
                Values = [.. answer.Answer.Select((_, t) => Math.Sin(t))],
                Returns = [.. answer.Answer.Select((_, t) => Math.Cos(t))],
            }),
        ];
        var (alone, together) = (Update(Alone), Update(Together));

        Assert.InRange(alone.Policy.ClipFraction, 0.1, 0.9);
        Assert.InRange(alone.Value.ClipFraction, 0.1, 0.9);
        Assert.True(alone.Policy.ApproximateKl > 0.01);
        Assert.Equal(alone.Policy.Loss, together.Policy.Loss, Tolerance);
        Assert.Equal(alone.Policy.Ratio, together.Policy.Ratio, Tolerance);
        Assert.Equal(alone.Policy.FirstRatio, together.Policy.FirstRatio, Tolerance);
        Assert.Equal(alone.Policy.ClipFraction, together.Policy.ClipFraction, Tolerance);
        Assert.Equal(alone.Policy.ApproximateKl, together.Policy.ApproximateKl, Tolerance);
        Assert.Equal(alone.Value.Loss, together.Value.Loss, Tolerance);
        Assert.Equal(alone.Value.ClipFraction, together.Value.ClipFraction, Tolerance);

        (PolicyUpdateResult Policy, ValueUpdateResult Value) Update(int tokens)
        {
            var options = new PpoOptions { Epochs = 1, Minibatches = 1, EntropyBonus = 0.1 };
            using var policy = new Transformer(_policy.Weights.Clone());
            using var critic = new Critic(_rewardModel);
            using var policyUpdate = new PolicyUpdate(policy, options, Sampling(tokens));
            using var valueUpdate = new ValueUpdate(critic, options, Sampling(tokens));
            return (policyUpdate.Run(experience, 0, new Random(1), Guard), valueUpdate.Run(experience, 0, new Random(1), Guard));
        }
    }

    [Fact]
    public void What_an_iteration_logs()
    {
        var (alone, together) = (Iterate(Alone), Iterate(Together));

        Assert.Equal(alone.Select(p => p.Name), together.Select(p => p.Name));
        Assert.Contains(alone, p => p.Name == "objective/kl" && Math.Abs(p.Value) > 0.01);
        Assert.All(alone.Zip(together), pair => Assert.Equal(pair.First.Value, pair.Second.Value, Tolerance * Math.Max(1, Math.Abs(pair.First.Value))));

        IReadOnlyList<MetricPoint> Iterate(int tokens)
        {
            using var policy = new Transformer(_policy.Weights.Clone());
            using var scope = NewDisposeScope();
            var options = new PpoOptions { Iterations = 1, Answers = 24, Epochs = 1, MaxKl = 1000 };
            return new PpoTrainer(options, Sampling(tokens), _workers).Train(
                policy, _reference, _rewardModel, LetterPolicy.Prompts(8), seed: 1, new Unobserved(), Guard).Iterations.Single().Points;
        }
    }

    [Fact]
    public void What_the_gate_measures()
    {
        var (alone, together) = (Measure(Alone), Measure(Together));

        Assert.True(Math.Abs(alone.Kl) > 0.01 && alone.Entropy > 0.1);
        Assert.Equal(alone.Reward, together.Reward, Tolerance);
        Assert.Equal(alone.Kl, together.Kl, Tolerance * Math.Max(1, alone.Kl));
        Assert.Equal(alone.Entropy, together.Entropy, Tolerance);
        Assert.Equal(alone.KnownAnswers, together.KnownAnswers, Tolerance * Math.Max(1, Math.Abs(alone.KnownAnswers)));
        Assert.Equal((alone.AnswerTokens, alone.Finished), (together.AnswerTokens, together.Finished));

        PolicyEvidence Measure(int tokens) => new GateMeasurement(_workers, Sampling(tokens), _reference, _rewardModel, unfinishedScore: -3)
            .Measure(_policy, new(LetterPolicy.Prompts(8), Answers, Claims: [], Read: _ => ""), answers: 24, seed: 1, Guard)!.Evidence;
    }

    [Theory]
    [InlineData(PolicyAlgorithm.Dpo)]
    [InlineData(PolicyAlgorithm.Ipo)]
    [InlineData(PolicyAlgorithm.Kto)]
    [InlineData(PolicyAlgorithm.SupervisedFineTuning)]
    public void What_learning_from_judgements_logs(PolicyAlgorithm algorithm)
    {
        Judgement[] judgements =
        [
            .. Enumerable.Range(0, 4).Select(i => Judgement.Pair("rater", Beside(2 * i, 2 * i), Beside(2 * i, 2 * i + 1), i == 3 ? PairOutcome.Second : PairOutcome.First)),
        ];
        var (alone, together) = (Learn(Alone), Learn(Together));

        Assert.NotEmpty(alone);
        Assert.Equal(alone.Select(p => p.Name), together.Select(p => p.Name));
        Assert.All(alone.Zip(together), pair => Assert.Equal(pair.First.Value, pair.Second.Value, Tolerance * Math.Max(1, Math.Abs(pair.First.Value))));

        TokenizedAnswer Beside(int prompt, int answer) => new(Answers[prompt].Prompt, Answers[answer].Answer);

        List<MetricPoint> Learn(int tokens)
        {
            using var policy = new Transformer(_policy.Weights.Clone());
            using var scope = NewDisposeScope();
            var options = new LearningOptions
            {
                Algorithm = algorithm,
                Preferences = new() { Epochs = 1, Minibatch = 8, MeasuredAnswers = 8 },
                Supervised = new() { Epochs = 1, Minibatch = 8, MeasuredAnswers = 8 },
            };
            var log = new ProgressLog();
            PolicyAlgorithms.Create(options, _workers).Train(
                new()
                {
                    Policy = policy,
                    Reference = _reference,
                    RewardModel = _rewardModel,
                    Prompts = LetterPolicy.Prompts(8),
                    Judgements = judgements,
                    Sampling = Sampling(tokens),
                    Seed = 1,
                },
                new StepProgress(LearningPhase.PolicyUpdate, log), Guard);
            return [.. log.Reports.SelectMany(r => r.Points).Where(p => !p.Name.StartsWith("objective/", StringComparison.Ordinal))];
        }
    }

    private sealed class Unobserved : IPpoObserver
    {
        public void Sampling(int number) { }
        public void Updating(int number) { }
        public void Finished(PpoIteration iteration) { }
    }
}
