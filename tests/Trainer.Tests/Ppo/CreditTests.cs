using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Ppo;
using TorchSharp.Modules;
using static ChatLoop.Trainer.Tests.Near;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Ppo;

/// <summary>
/// Two tokens, A or B each, with rewards AA 1, AB 0, BA 2, BB -1: the score comes after the last token and KL at both, so wrong credit
/// between tokens ends at another policy. Numbers: peers-rlhf 4.16, beta 0.5.
/// </summary>
public sealed class CreditTests
{
    private const double Beta = 0.5;
    /// <summary>P(A) at the root, after A and after B.</summary>
    private static readonly double[] Reference = [0.6, 0.7, 0.2], Optimum = [0.426717, 0.945179, 0.990182];
    private static readonly double[,] Scores = { { 1, 0 }, { 2, -1 } };

    [Fact]
    public void Ppo_reaches_the_optimum_of_the_two_token_tree()
    {
        using var scope = NewDisposeScope();
        var reference = tensor(Reference.SelectMany(p => new[] { Math.Log(p), Math.Log(1 - p) }).ToArray()).view(3, 2);
        using var logits = new Parameter(reference.clone());
        using var values = new Parameter(zeros(3, ScalarType.Float64));
        using var policyAdam = new AdamOptimizer([logits], epsilon: 1e-5);
        using var valueAdam = new AdamOptimizer([values], epsilon: 1e-5);
        var random = new Random(4);
        const int iterations = 200;
        var schedule = new LearningRateSchedule(0.06, iterations);
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            using var step = NewDisposeScope();
            Update(schedule.At(iteration));
        }

        var reached = Doubles(logits.softmax(-1).select(1, 0));
        for (var node = 0; node < 3; node++) Assert.Equal(Optimum[node], reached[node], 0.02);

        void Update(double learningRate)
        {
            const int answers = 512;
            var (logPolicy, logReference) = (Doubles(logits.log_softmax(-1)), Doubles(reference));
            var value = Doubles(values);
            var (states, actions) = (new long[2 * answers], new long[2 * answers]);
            var (advantages, returns) = (new double[2 * answers], new double[2 * answers]);
            for (var i = 0; i < answers; i++)
            {
                var first = Draw(0);
                var second = Draw(1 + first);
                (states[2 * i], actions[2 * i], states[2 * i + 1], actions[2 * i + 1]) = (0, first, 1 + first, second);
                var rewards = RewardShaping.PerToken(
                    [(float)logPolicy[first], (float)logPolicy[2 * (1 + first) + second]],
                    [(float)logReference[first], (float)logReference[2 * (1 + first) + second]], Scores[first, second], Beta);
                var (a, r) = GeneralizedAdvantage.Estimate(rewards, [value[0], value[1 + first]], gamma: 1, lambda: 0.95);
                a.CopyTo(advantages, 2 * i);
                r.CopyTo(returns, 2 * i);
            }
            var (state, action) = (tensor(states), tensor(actions));
            var whitened = tensor(Whitening.Whiten(advantages));
            var (old, oldValues) = (LogOf().detach(), values.detach().index_select(0, state));
            var mean = new TokenMean(2 * answers);
            for (var epoch = 0; epoch < 4; epoch++)
            {
                policyAdam.ZeroGradients();
                mean.Share(ClippedSurrogate.Evaluate(LogOf(), old, whitened, 0.2).Loss).backward();
                policyAdam.Step(learningRate);
                valueAdam.ZeroGradients();
                mean.Share(ClippedValueLoss.Evaluate(values.index_select(0, state), oldValues, tensor(returns), 0.2).Loss).backward();
                valueAdam.Step(learningRate);
            }

            Tensor LogOf() => logits.log_softmax(-1).index_select(0, state).gather(1, action.unsqueeze(1)).squeeze(1);

            int Draw(int node) => Math.Log(random.NextDouble()) < logPolicy[2 * node] ? 0 : 1;
        }
    }
}
