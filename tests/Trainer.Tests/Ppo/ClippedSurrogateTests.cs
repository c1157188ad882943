using ChatLoop.Trainer.Ppo;
using static ChatLoop.Trainer.Tests.Near;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Ppo;

/// <summary>Numbers: rl_vectors, section 6, clip 0.2.</summary>
public sealed class ClippedSurrogateTests
{
    private static readonly double[] New = [-0.9, -1.5, -0.2, -2.0], Old = [-1.2, -1.2, -0.8, -1.1], Advantages = [1, 1, -0.5, -2];

    [Fact]
    public void Equals_the_worked_example()
    {
        var surrogate = ClippedSurrogate.Evaluate(Vector(New), Vector(Old), Vector(Advantages), 0.2);

        Equal([1.349859, 0.740818, 1.822119, 0.40657], surrogate.Ratio);
        Equal([-1.2, -0.740818, 0.911059, 1.6], surrogate.Loss);
        Equal(0.14256, surrogate.Loss.mean());
        Equal(0.5, surrogate.Clipped.mean());
        Equal(0.16875, surrogate.ApproximateKl.mean());
    }

    [Fact]
    public void Clipped_tokens_have_no_gradient()
    {
        var logPolicy = tensor(New, requires_grad: true);
        ClippedSurrogate.Evaluate(logPolicy, Vector(Old), Vector(Advantages), 0.2).Loss.sum().backward();

        Equal([0, -0.740818, 0.911059, 0], logPolicy.grad!);
    }

    [Fact]
    public void Gradient_equals_finite_differences() =>
        Gradient(New, x => ClippedSurrogate.Evaluate(x, Vector(Old), Vector(Advantages), 0.2).Loss.sum());

    [Fact]
    public void Where_nothing_has_moved_the_gradient_is_minus_the_advantage()
    {
        var logPolicy = tensor(Old, requires_grad: true);
        var surrogate = ClippedSurrogate.Evaluate(logPolicy, Vector(Old), Vector(Advantages), 0.2);
        surrogate.Loss.sum().backward();

        Equal([1, 1, 1, 1], surrogate.Ratio);
        Equal(0, surrogate.Clipped.sum());
        Equal(0, surrogate.ApproximateKl.sum());
        Equal([-1, -1, 0.5, 2], logPolicy.grad!);
    }
}
