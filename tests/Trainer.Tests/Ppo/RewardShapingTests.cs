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
}
