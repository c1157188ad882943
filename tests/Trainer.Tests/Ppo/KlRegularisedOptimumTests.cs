using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Ppo;
using TorchSharp;
using TorchSharp.Modules;
using static ChatLoop.Trainer.Tests.Near;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Ppo;

/// <summary>
/// The strongest check: with every part in place PPO must reach the optimum of E[r] - beta KL(policy || reference), which is
/// reference * exp(r / beta) / Z. Numbers: peers-rlhf 4.16 and rl_vectors.
/// </summary>
public sealed class KlRegularisedOptimumTests
{
    private static readonly double[] Reference = [0.5, 0.3, 0.2], Scores = [1, 0, 2];

    [Theory]
    [InlineData(0.5, new[] { 0.247720, 0.020115, 0.732165 })]
    [InlineData(1.0, new[] { 0.433268, 0.095634, 0.471098 })]
    [InlineData(2.0, new[] { 0.494216, 0.179854, 0.325930 })]
    public void Ppo_reaches_it_in_the_one_state_problem(double beta, double[] optimum)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(11, CPU);
        var logReference = Vector([.. Reference.Select(p => Math.Log(p))]);
        using var logits = new Parameter(logReference.clone());
        using var value = new Parameter(zeros(1, ScalarType.Float64));
        const int iterations = 150, answers = 512, epochs = 4;
        using var adam = new AdamOptimizer([logits, value], epsilon: 1e-5);
        var schedule = new LearningRateSchedule(0.05, iterations);
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            using var step = NewDisposeScope();
            Update(schedule.At(iteration));
        }

        var reached = Doubles(logits.softmax(0));
        var totalVariation = reached.Zip(optimum, (a, b) => Math.Abs(a - b)).Sum() / 2;
        TestContext.Current.SendDiagnosticMessage($"PPO at beta {beta}: {totalVariation:0.00000}");
        Assert.True(totalVariation <= 0.01, $"reached [{string.Join(", ", reached)}], {totalVariation:0.000} from the optimum");

        void Update(double learningRate)
        {
            var actions = logits.detach().softmax(0).multinomial(answers, replacement: true, generator: generator);
            var old = logits.detach().log_softmax(0).index_select(0, actions);
            var reference = logReference.index_select(0, actions);
            var oldValue = value.item<double>();
            var (advantages, returns) = (new double[answers], new double[answers]);
            for (var i = 0; i < answers; i++)
            {
                var rewards = RewardShaping.PerToken(
                    [(float)old[i].item<double>()], [(float)reference[i].item<double>()], Scores[actions[i].item<long>()], beta);
                var estimate = GeneralizedAdvantage.Estimate(rewards, [oldValue], gamma: 1, lambda: 0.95);
                (advantages[i], returns[i]) = (estimate.Advantages[0], estimate.Returns[0]);
            }
            var whitened = tensor(Whitening.Whiten(advantages));
            for (var epoch = 0; epoch < epochs; epoch++)
            {
                adam.ZeroGradients();
                var surrogate = ClippedSurrogate.Evaluate(logits.log_softmax(0).index_select(0, actions), old, whitened, 0.2);
                var valueLoss = ClippedValueLoss.Evaluate(value.expand(answers), full(answers, oldValue), tensor(returns), 0.2);
                var mean = new TokenMean(answers);
                (mean.Share(surrogate.Loss) + 0.5 * mean.Share(valueLoss.Loss)).backward();
                adam.Step(learningRate);
            }
        }
    }

    private static Tensor full(int count, double value) => torch.full(count, value, ScalarType.Float64);
}
