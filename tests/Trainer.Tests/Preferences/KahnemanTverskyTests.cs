using ChatLoop.Trainer.Preferences;
using static ChatLoop.Trainer.Tests.Near;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Preferences;

/// <summary>Numbers: rl_vectors, section 11, beta 0.1.</summary>
public sealed class KahnemanTverskyTests
{
    private static readonly double[] LogRatios = [0.8, -0.2, -0.5, 1.1];

    private static Tensor Desirable => Vector(1, 1, 0, 0);

    [Fact]
    public void Losses_against_the_reference_point()
    {
        var point = KahnemanTversky.ReferencePoint(Vector(0.3, -0.1, 0.05, 0.15));
        var loss = KahnemanTversky.Loss(Vector(LogRatios), Desirable, point, 0.1);

        Equal(0.1, point);
        Equal([0.482507, 0.507499, 0.485004, 0.524979], loss);
        Equal(0.499998, loss.mean());
        Equal(0.581673, KahnemanTversky.Loss(Vector(LogRatios), Desirable, point, 0.1, desirableWeight: 1.33).mean());
    }

    [Fact]
    public void A_negative_estimate_of_the_divergence_counts_as_zero()
    {
        var point = KahnemanTversky.ReferencePoint(Vector(-0.4, -0.1));

        Equal(0, point);
        Equal([0.480011], KahnemanTversky.Loss(Vector(0.8), Vector(1), point, 0.1));
    }

    [Fact]
    public void At_the_reference_every_loss_is_one_half() =>
        Equal([0.5, 0.5], KahnemanTversky.Loss(Vector(0, 0), Vector(1, 0), Vector(0).sum(), 0.1));

    [Fact]
    public void No_gradient_flows_through_the_reference_point()
    {
        var mismatched = tensor([0.3, 0.1], requires_grad: true);

        Assert.False(KahnemanTversky.ReferencePoint(mismatched).requires_grad);
    }

    [Fact]
    public void Gradient_equals_finite_differences() =>
        Gradient(LogRatios, x => KahnemanTversky.Loss(x, Desirable, Vector(0.1).sum(), 0.7, 1.33, 0.8).sum());
}
