using ChatLoop.Trainer.Ppo;
using static ChatLoop.Trainer.Tests.Near;

namespace ChatLoop.Trainer.Tests.Ppo;

/// <summary>Numbers: rl_vectors, section 7, clip 0.2.</summary>
public sealed class ClippedValueLossTests
{
    private static readonly double[] Values = [0.9, 0.2, 1.5], Old = [0.5, 0.4, 1.0], Returns = [1.0, 0.6, 0.9];

    [Fact]
    public void Equals_the_worked_example()
    {
        var loss = ClippedValueLoss.Evaluate(Vector(Values), Vector(Old), Vector(Returns), 0.2);

        Equal(0.101667, loss.Loss.mean());
        Equal(0.333333, loss.Clipped.mean());
        Equal(0.152727, 0.14256 + 0.1 * loss.Loss.mean());
    }

    [Fact]
    public void A_wide_clip_leaves_half_the_squared_error() =>
        Equal(0.088333, ClippedValueLoss.Evaluate(Vector(Values), Vector(Old), Vector(Returns), 1e6).Loss.mean());

    [Fact]
    public void Gradient_equals_finite_differences() =>
        Gradient([0.9, 0.3, 1.5], x => ClippedValueLoss.Evaluate(x, Vector(Old), Vector(Returns), 0.2).Loss.sum());
}
