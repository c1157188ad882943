using ChatLoop.Trainer.Preferences;
using static ChatLoop.Trainer.Tests.Near;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Preferences;

/// <summary>Numbers: rl_vectors, section 11: log-probabilities -12 and -14, the reference's -12.5 and -13, beta 0.1.</summary>
public sealed class PairwisePreferenceTests
{
    private static Tensor Margin(Tensor first) => LogRatioMargin.Of(first, Vector(-12.5), Vector(-14), Vector(-13));

    [Fact]
    public void The_margin_is_the_difference_of_log_ratios() => Equal([1.5], Margin(Vector(-12)));

    [Theory]
    [InlineData(1, 0.620957)]
    [InlineData(0.9, 0.635957)]
    public void Direct(double label, double expected) => Equal([expected], DirectPreference.Loss(Margin(Vector(-12)), Vector(label), 0.1));

    [Fact]
    public void Direct_at_the_reference_is_ln_2_whatever_the_label() =>
        Equal([0.693147, 0.693147, 0.693147], DirectPreference.Loss(Vector(0, 0, 0), Vector(1, 0.5, 0), 0.1));

    [Fact]
    public void Direct_pushes_the_preferred_answer_up()
    {
        var first = tensor([-12.0], requires_grad: true);
        DirectPreference.Loss(Margin(first), Vector(1), 0.1).sum().backward();

        Equal([-0.046257], first.grad!);
    }

    [Fact]
    public void Direct_stays_finite_for_a_huge_margin() => Equal([1000, 0], DirectPreference.Loss(Vector(-10_000, 10_000), Vector(1, 1), 0.1));

    [Fact]
    public void Identity() => Equal([12.25], IdentityPreference.Loss(Margin(Vector(-12)), Vector(1), 0.1));

    /// <summary>For labels 1, 0.75, 0.5 and 0 at (2 p - 1) / (2 beta).</summary>
    [Fact]
    public void Identity_is_least_at_its_goal()
    {
        var margin = tensor([5.0, 2.5, 0.0, -5.0], requires_grad: true);
        var loss = IdentityPreference.Loss(margin, Vector(1, 0.75, 0.5, 0), 0.1);
        loss.sum().backward();

        Equal([0, 0, 0, 0], margin.grad!);
        Equal([0, 18.75, 25, 0], loss);
    }

    [Fact]
    public void A_tie_pulls_the_margin_to_zero()
    {
        foreach (var loss in (Func<Tensor, Tensor, double, Tensor>[])[DirectPreference.Loss, IdentityPreference.Loss])
        {
            var margin = tensor([2.0, -2.0, 0.0], requires_grad: true);
            loss(margin, Vector(0.5, 0.5, 0.5), 0.1).sum().backward();
            var gradient = Doubles(margin.grad!);

            Assert.True(gradient[0] > 0 && gradient[1] < 0 && gradient[2] == 0);
        }
    }

    [Fact]
    public void Gradients_equal_finite_differences()
    {
        Gradient([1.5, -2, 0.3], x => DirectPreference.Loss(x, Vector(1, 0.9, 0.5), 0.7).sum());
        Gradient([1.5, -2, 0.3], x => IdentityPreference.Loss(x, Vector(1, 0.9, 0.5), 0.7).sum());
    }
}
