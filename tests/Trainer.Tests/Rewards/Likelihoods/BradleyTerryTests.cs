using ChatLoop.Trainer.Rewards.Likelihoods;
using static ChatLoop.Trainer.Tests.Near;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Rewards.Likelihoods;

/// <summary>Numbers: rl_vectors, section 10.</summary>
public sealed class BradleyTerryTests
{
    private static readonly double[] Chosen = [1.2, 0.3, -0.5], Rejected = [0.7, 0.9, -1.5];

    [Fact]
    public void Loss_of_decided_pairs()
    {
        var loss = BradleyTerry.Loss(Vector(Chosen), Vector(Rejected), Vector(1, 1, 1));

        Equal([0.474077, 1.037488, 0.313262], loss);
        Equal(0.608276, loss.mean());
        Equal(0.638442, loss.mean() + 0.01 * BradleyTerry.Centring(Vector(Chosen), Vector(Rejected)).mean());
    }

    [Theory]
    [InlineData(0.9, 0.524077)]
    [InlineData(0.75, 0.599077)]
    [InlineData(0.5, 0.724077)]
    public void Soft_label_at_a_difference_of_one_half(double label, double expected) =>
        Equal(expected, BradleyTerry.Loss(Vector(0.5), Vector(0), Vector(label)).sum());

    [Fact]
    public void Gradient_is_one_minus_the_probability_of_the_choice()
    {
        var chosen = tensor(Chosen, requires_grad: true);
        BradleyTerry.Loss(chosen, Vector(Rejected), Vector(1, 1, 1)).sum().backward();

        Equal([-0.377541, -0.645656, -0.268941], chosen.grad!);
    }

    [Fact]
    public void Gradient_equals_finite_differences() =>
        Gradient(Chosen, x => BradleyTerry.Loss(x, Vector(Rejected), Vector(1, 0.5, 0)).sum());

    [Fact]
    public void A_tie_pulls_the_scores_together()
    {
        var first = tensor([0.5], requires_grad: true);
        BradleyTerry.Loss(first, Vector(0), Vector(0.5)).sum().backward();

        Assert.True(first.grad!.item<double>() > 0);
    }

    [Fact]
    public void A_huge_difference_stays_finite() => Equal(1000, BradleyTerry.Loss(Vector(-1000), Vector(0), Vector(1)).sum());
}
