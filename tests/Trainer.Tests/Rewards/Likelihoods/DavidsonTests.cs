using ChatLoop.Trainer.Rewards.Likelihoods;
using static ChatLoop.Trainer.Tests.Near;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Rewards.Likelihoods;

public sealed class DavidsonTests
{
    private const double NoTies = -40;

    [Fact]
    public void Loss_and_gradients_equal_the_reference()
    {
        foreach (var expected in ReferenceLikelihoods.Of("pairs"))
        {
            var scores = tensor(expected.Inputs("scores"), requires_grad: true);
            var logTie = tensor(expected.Input("logTie"), requires_grad: true);
            var outcome = (PairOutcome)expected.GetProperty("outcome").GetInt32();
            var loss = Davidson.Loss(
                scores.narrow(0, 0, 1), scores.narrow(0, 1, 1), Chosen(outcome), logTie, expected.GetProperty("candour").GetDouble());
            loss.sum().backward();

            Equal(expected.Loss(), loss.sum(), 1e-12);
            Equal(expected.Gradients("scores"), scores.grad!, 1e-12);
            Equal(expected.Gradient("logTie"), logTie.grad!, 1e-12);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, -2)]
    [InlineData(-800, 500)]
    public void Probabilities_of_the_four_verdicts_sum_to_one(double first, double second) =>
        Equal(1, Davidson.LogProbabilities(Vector(first), Vector(second), tensor(0.4), 0.3).exp().sum(), 1e-12);

    /// <summary>rl_vectors, section 10.</summary>
    [Fact]
    public void Without_ties_it_is_Bradley_Terry()
    {
        var loss = Davidson.Loss(Vector(1.2, 0.3, -0.5), Vector(0.7, 0.9, -1.5), Chosen(PairOutcome.First), tensor(NoTies), 0.3);

        Equal([0.474077, 1.037488, 0.313262], loss);
    }

    /// <summary>Training on pairs and their ties stays what it was with soft labels, up to nu.</summary>
    [Fact]
    public void Where_ties_are_rare_one_pulls_like_a_soft_label_of_one_half()
    {
        var (tie, soft) = (tensor([1.5], requires_grad: true), tensor([1.5], requires_grad: true));
        Davidson.Loss(tie, Vector(0), Chosen(PairOutcome.Tie), tensor(NoTies), 1e-9).sum().backward();
        BradleyTerry.Loss(soft, Vector(0), Vector(0.5)).sum().backward();

        Equal(Doubles(soft.grad!), tie.grad!, 1e-6);
    }

    [Fact]
    public void Both_bad_pulls_together_and_below_the_neutral_point()
    {
        var scores = tensor([0.8, 0.8], requires_grad: true);
        Davidson.Loss(scores.narrow(0, 0, 1), scores.narrow(0, 1, 1), Chosen(PairOutcome.BothBad), tensor(0.0), 0.3).sum().backward();

        Assert.All(Doubles(scores.grad!), gradient => Assert.True(gradient > 0.5));
    }

    [Theory]
    [InlineData(20, 0, 2.0 / 21)]
    [InlineData(9, 9, 2.0)]
    public void The_first_tie_parameter_explains_the_share_of_ties(int decided, int ties, double nu) =>
        Assert.Equal(nu, Davidson.TieOf(decided, ties), 1e-12);

    private static Tensor Chosen(PairOutcome outcome) =>
        tensor([.. Enum.GetValues<PairOutcome>().Select(o => o == outcome ? 1.0 : 0.0)], [4, 1]);
}
