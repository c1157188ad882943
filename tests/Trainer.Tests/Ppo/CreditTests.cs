using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Ppo;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Ppo;

/// <summary>Credit for a score that comes after the last of two tokens.</summary>
public sealed class CreditTests
{
    [Fact]
    public void Ppo_reaches_the_optimum_of_the_two_token_tree()
    {
        const int iterations = 200, answers = 512;
        using var scope = NewDisposeScope();
        using var tree = new TwoTokenTree(seed: 4);
        using var values = new Parameter(zeros(3, ScalarType.Float64));
        using var policyAdam = new AdamOptimizer([tree.Logits], epsilon: 1e-5);
        using var valueAdam = new AdamOptimizer([values], epsilon: 1e-5);
        var schedule = new LearningRateSchedule(0.06, iterations);
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            using var step = NewDisposeScope();
            Update(schedule.At(iteration));
        }

        tree.AssertReached(0.01);

        void Update(double learningRate)
        {
            var (state, action, rewards) = tree.Sample(answers);
            var oldValues = values.detach().index_select(0, state);
            var estimates = rewards.Zip(Near.Doubles(oldValues).Chunk(2), (r, v) => GeneralizedAdvantage.Estimate(r, v, gamma: 1, lambda: 0.95)).ToArray();
            var whitened = tensor(Whitening.Whiten(estimates.SelectMany(e => e.Advantages).ToArray()));
            var returns = tensor(estimates.SelectMany(e => e.Returns).ToArray());
            var old = tree.LogPolicy(state, action).detach();
            var mean = new TokenMean(2 * answers);
            for (var epoch = 0; epoch < 4; epoch++)
            {
                policyAdam.ZeroGradients();
                mean.Share(ClippedSurrogate.Evaluate(tree.LogPolicy(state, action), old, whitened, 0.2).Loss).backward();
                policyAdam.Step(learningRate);
                valueAdam.ZeroGradients();
                mean.Share(ClippedValueLoss.Evaluate(values.index_select(0, state), oldValues, returns, 0.2).Loss).backward();
                valueAdam.Step(learningRate);
            }
        }
    }
}
