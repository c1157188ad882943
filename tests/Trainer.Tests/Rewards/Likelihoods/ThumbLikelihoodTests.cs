using ChatLoop.Trainer.Rewards.Likelihoods;
using static ChatLoop.Trainer.Tests.Near;

namespace ChatLoop.Trainer.Tests.Rewards.Likelihoods;

public sealed class ThumbLikelihoodTests
{
    /// <summary>rl_vectors, section 10: scores 0.8 (up) and -0.3 (down).</summary>
    [Fact]
    public void Equals_the_worked_example() => Equal(0.462728, ThumbLikelihood.Loss(Vector(0.8, -0.3), Vector(1, 0)).mean());

    [Fact]
    public void Gradient_equals_finite_differences() =>
        Gradient([0.8, -0.3], x => ThumbLikelihood.Loss(x, Vector(1, 0)).sum());
}
