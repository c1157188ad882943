using ChatLoop.Trainer.Rewards.Likelihoods;
using static ChatLoop.Trainer.Tests.Near;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Rewards.Likelihoods;

public sealed class CumulativeLogitTests
{
    [Fact]
    public void Loss_and_gradients_equal_the_reference()
    {
        foreach (var expected in ReferenceLikelihoods.Of("ratings"))
        {
            var score = tensor([expected.Input("score")], requires_grad: true);
            var cutPoints = tensor(expected.Inputs("cutPoints"), requires_grad: true);
            var loss = CumulativeLogit.Loss(score, tensor([expected.GetProperty("stars").GetInt64()]), cutPoints);
            loss.sum().backward();

            Equal(expected.Loss(), loss.sum(), 1e-12);
            Equal([expected.Gradient("score")], score.grad!, 1e-12);
            Equal(expected.Gradients("cutPoints"), cutPoints.grad!, 1e-12);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3.5)]
    [InlineData(-20)]
    public void Probabilities_of_the_stars_sum_to_one(double score) =>
        Assert.Equal(1, Enumerable.Range(1, 5).Sum(stars =>
            Math.Exp(-CumulativeLogit.Loss(Vector(score), tensor([(long)stars]), Vector(-1.7, -0.6, 0.4, 2.1)).item<double>())), 1e-12);

    /// <summary>In single precision too, where the difference of two sigmoids is 0.</summary>
    [Fact]
    public void An_absurd_rating_stays_finite() =>
        Assert.InRange(CumulativeLogit.Loss(tensor([100f]), tensor([2L]), tensor([-1f, -0.5f, 0.5f, 1f])).item<float>(), 99, 102);

    [Fact]
    public void Any_numbers_are_ascending_cut_points() =>
        Equal([-1.5, -0.5, 0.5, 0.5 + Math.E], CumulativeLogit.CutPoints(Vector(-1.5), Vector(0, 0, 1)), 1e-12);

    /// <summary>9 of each, 1 added: shares of 1/5, so log-odds of 1/4, 2/3, 3/2 and 4.</summary>
    [Fact]
    public void First_cut_points_explain_the_shares() =>
        Equal([Math.Log(0.25), Math.Log(2.0 / 3), Math.Log(1.5), Math.Log(4)], CumulativeLogit.CutPointsOf([9, 9, 9, 9, 9]), 1e-12);
}
