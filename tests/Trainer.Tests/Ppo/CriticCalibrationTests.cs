using ChatLoop.Trainer.Ppo;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Ppo;

public sealed class CriticCalibrationTests
{
    [Fact]
    public void The_penalty_that_predicts_unseen_answers_best_is_taken()
    {
        // By numpy: of penalties 0.001 to 100 times the mean square, the least leaves the smallest error over four folds.
        using var states = tensor(new float[] { 1, 0, 0, 1, 1, 1, 2, 1, 0, 0, 3, 1, 1, 2, 2, 2 }).view(8, 2);

        var (weight, bias) = CriticCalibration.Fit(states, [5, 2, 4.5, 6, 3.5, 9, 2, 4], [0, 1, 2, 3, 4, 5, 6, 7]);

        using (weight)
        using (bias)
        {
            Assert.Equal(2.266449, weight[0, 0].item<float>(), 1e-4);
            Assert.Equal(-1.755701, weight[0, 1].item<float>(), 1e-4);
            Assert.Equal(3.422639, bias[0].item<float>(), 1e-4);
        }
    }

    [Fact]
    public void Returns_that_states_cannot_tell_get_their_mean_as_value()
    {
        var random = new Random(5);
        using var states = tensor(Enumerable.Range(0, 64 * 16).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray()).view(64, 16);
        double[] returns = [.. Enumerable.Range(0, 64).Select(_ => 2 + random.NextDouble())];

        var (weight, bias) = CriticCalibration.Fit(states, returns, [.. Enumerable.Range(0, 64)]);

        using (weight)
        using (bias)
        {
            Assert.InRange(weight.abs().max().item<float>(), 0, 0.1);
            Assert.Equal(returns.Average(), bias[0].item<float>(), 0.05);
        }
    }
}
