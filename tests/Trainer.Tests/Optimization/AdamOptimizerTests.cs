using ChatLoop.Trainer.Optimization;
using TorchSharp.Modules;
using static ChatLoop.Trainer.Tests.Near;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Optimization;

/// <summary>Numbers: rl_vectors, section 9.</summary>
public sealed class AdamOptimizerTests
{
    [Theory]
    [InlineData(1e-3, new[] { -0.000990099, -0.001980198, -0.002970297 })]
    [InlineData(1e-4, new[] { -0.000909091, -0.001818182, -0.002727273 })]
    [InlineData(1e-5, new[] { -0.0005, -0.001, -0.0015 })]
    [InlineData(1e-6, new[] { -9.0909e-05, -0.000181818, -0.000272727 })]
    public void A_constant_gradient_with_epsilon_1e_5(double gradient, double[] expected)
    {
        using var theta = new Parameter(zeros(1, ScalarType.Float64));
        using var adam = new AdamOptimizer([theta], epsilon: 1e-5);
        foreach (var value in expected)
        {
            adam.ZeroGradients();
            (theta * gradient).sum().backward();
            adam.Step(1e-3);
            Equal(value, theta, 1e-9);
        }
    }

    [Fact]
    public void Weight_decay_is_decoupled()
    {
        using var theta = new Parameter(ones(1, ScalarType.Float64));
        using var adam = new AdamOptimizer([theta], epsilon: 1e-8, weightDecay: 0.1);
        (theta * 0.1).sum().backward();
        adam.Step(0.01);

        Equal(0.989000001, theta, 1e-9);
    }

    [Fact]
    public void Gradients_are_scaled_to_the_norm()
    {
        using var theta = new Parameter(zeros(2, ScalarType.Float64));
        (theta * Vector(3, 4)).sum().backward();

        Assert.Equal(5, GradientNorm.Clip([theta], maximum: 1), 1e-6);
        Equal([0.59999988, 0.79999984], theta.grad!, 1e-8);
    }

    [Fact]
    public void Small_gradients_are_left_alone()
    {
        using var theta = new Parameter(zeros(2, ScalarType.Float64));
        (theta * Vector(0.3, 0.4)).sum().backward();
        GradientNorm.Clip([theta], maximum: 1);

        Equal([0.3, 0.4], theta.grad!, 1e-12);
    }

    [Fact]
    public void The_rate_warms_up_and_falls_to_zero()
    {
        var schedule = new LearningRateSchedule(Peak: 1, TotalSteps: 5, WarmUpSteps: 1);

        Equal([0.5, 1, 0.75, 0.5, 0.25, 0], [.. Enumerable.Range(0, 6).Select(schedule.At)], 1e-12);
    }
}
