using ChatLoop.Trainer.Ppo;
using static ChatLoop.Trainer.Tests.Near;

namespace ChatLoop.Trainer.Tests.Ppo;

/// <summary>Numbers: rl_vectors, section 1, logits [2, 1, 0.1, -1].</summary>
public sealed class EntropyTests
{
    private static readonly double[] Logits = [2, 1, 0.1, -1];

    [Theory]
    [InlineData(1.0, 0.960673)]
    [InlineData(0.7, 0.717774)]
    public void Equals_the_worked_example(double temperature, double expected) =>
        Equal(expected, Entropy.Of((Vector(Logits) / temperature).log_softmax(-1)));

    [Fact]
    public void Gradient_equals_finite_differences() => Gradient(Logits, x => Entropy.Of(x.log_softmax(-1)));
}
