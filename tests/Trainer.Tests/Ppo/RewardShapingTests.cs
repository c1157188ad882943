using ChatLoop.Trainer.Ppo;

namespace ChatLoop.Trainer.Tests.Ppo;

public sealed class RewardShapingTests
{
    /// <summary>rl_vectors, section 3: beta 0.05, score 1.5.</summary>
    [Fact]
    public void Kl_at_every_token_and_the_score_at_the_last()
    {
        var rewards = RewardShaping.PerToken([-1.2f, -0.7f, -2.0f], [-1.0f, -0.9f, -1.6f], score: 1.5, beta: 0.05);

        Near.Equal([0.01, -0.01, 1.52], rewards);
        Assert.Equal(1.52, rewards.Sum(), 1e-6);
    }

    /// <summary>The same with (log r)^2 / 2 and r - 1 - log r for log r = 0.2, -0.2 and 0.4, worked out by hand.</summary>
    [Theory]
    [InlineData(KlEstimator.K2, new[] { -0.001, -0.001, 1.496 })]
    [InlineData(KlEstimator.K3, new[] { -0.001070, -0.000937, 1.495409 })]
    public void Other_estimates_of_the_kl(KlEstimator estimator, double[] expected) => Near.Equal(
        expected, RewardShaping.PerToken([-1.2f, -0.7f, -2.0f], [-1.0f, -0.9f, -1.6f], score: 1.5, beta: 0.05, estimator));
}
