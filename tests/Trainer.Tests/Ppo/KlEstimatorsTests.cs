using ChatLoop.Trainer.Ppo;
using static ChatLoop.Trainer.Tests.Near;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Ppo;

/// <summary>Numbers: rl_vectors, section 2, for p = [.5, .3, .2] (policy) and q = [.4, .4, .2] (reference).</summary>
public sealed class KlEstimatorsTests
{
    private static readonly double[] Policy = [0.5, 0.3, 0.2], Reference = [0.4, 0.4, 0.2];

    private static Tensor LogPolicy => Vector([.. Policy.Select(p => Math.Log(p))]);
    private static Tensor LogReference => Vector([.. Reference.Select(p => Math.Log(p))]);

    [Fact]
    public void Per_token_values()
    {
        Equal([0.223144, -0.287682, 0], KlEstimators.K1(LogPolicy, LogReference));
        Equal([0.024897, 0.041380, 0], KlEstimators.K2(LogPolicy, LogReference));
        Equal([0.023144, 0.045651, 0], KlEstimators.K3(LogPolicy, LogReference));
    }

    [Fact]
    public void Swapping_policy_and_reference_of_one_token()
    {
        Equal([0.3, -0.3], KlEstimators.K1(Vector(-1.2, -1.5), Vector(-1.5, -1.2)));
        Equal([0.045, 0.045], KlEstimators.K2(Vector(-1.2, -1.5), Vector(-1.5, -1.2)));
        Equal([0.040818, 0.049859], KlEstimators.K3(Vector(-1.2, -1.5), Vector(-1.5, -1.2)));
    }

    [Theory]
    [InlineData(KlEstimator.K1, 0.3, -0.3)]
    [InlineData(KlEstimator.K2, 0.045, 0.045)]
    [InlineData(KlEstimator.K3, 0.040818, 0.049859)]
    public void By_name_as_a_penalty(KlEstimator estimator, double expected, double swapped)
    {
        Assert.Equal(expected, KlEstimators.Penalty(estimator, -1.2, -1.5), 1e-6);
        Assert.Equal(swapped, KlEstimators.Penalty(estimator, -1.5, -1.2), 1e-6);
    }

    [Fact]
    public void Means_under_the_policy()
    {
        Equal(0.025267, (Vector(Policy) * KlEstimators.K1(LogPolicy, LogReference)).sum());
        Equal(0.024862, (Vector(Policy) * KlEstimators.K2(LogPolicy, LogReference)).sum());
        Equal(0.025267, (Vector(Policy) * KlEstimators.K3(LogPolicy, LogReference)).sum());
    }

    /// <summary>As a loss (sampling is not differentiated) only k2 has the gradient of KL(policy || reference).</summary>
    [Fact]
    public void Expected_gradient_as_a_loss()
    {
        Equal([0, 0, 0], GradientOf(KlEstimators.K1));
        Equal([0.098938, -0.093885, -0.005053], GradientOf(KlEstimators.K2));
        Equal([0.1, -0.1, 0], GradientOf(KlEstimators.K3));
    }

    private static Tensor GradientOf(Func<Tensor, Tensor, Tensor> estimator)
    {
        var logits = tensor(Policy.Select(p => Math.Log(p)).ToArray(), requires_grad: true);
        (Vector(Policy) * estimator(logits.log_softmax(0), LogReference)).sum().backward();
        return logits.grad!;
    }
}
