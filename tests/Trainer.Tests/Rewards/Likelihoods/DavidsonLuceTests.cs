using ChatLoop.Trainer.Rewards.Likelihoods;
using static ChatLoop.Trainer.Tests.Near;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Rewards.Likelihoods;

public sealed class DavidsonLuceTests
{
    [Fact]
    public void Loss_and_gradients_equal_the_reference()
    {
        foreach (var expected in ReferenceLikelihoods.Of("rankings"))
        {
            var scores = tensor(expected.Inputs("scores"), requires_grad: true);
            var logTie = tensor(expected.Input("logTie"), requires_grad: true);
            int[] ranks = [.. expected.GetProperty("ranks").EnumerateArray().Select(r => r.GetInt32())];
            var loss = DavidsonLuce.Loss(scores.unsqueeze(-1), ranks, logTie);
            loss.sum().backward();

            Equal(expected.Loss(), loss.sum(), 1e-12);
            Equal(expected.Gradients("scores"), scores.grad!, 1e-12);
            Equal(expected.Gradient("logTie"), logTie.grad!, 1e-12);
        }
    }

    /// <summary>rl_vectors, section 10.</summary>
    [Fact]
    public void Without_ties_it_is_Plackett_Luce() =>
        Equal(1.251552, DavidsonLuce.Loss(Column(2, 1, 0.5, -1), [1, 2, 3, 4], tensor(-50.0)).sum());

    /// <summary>3, 13 and 75 weak orders: Fubini's numbers.</summary>
    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 13)]
    [InlineData(4, 75)]
    public void Probabilities_of_all_rankings_sum_to_one(int answers, int rankings)
    {
        var scores = Column([.. new[] { 0.3, -0.8, 1.2, 0.1 }.Take(answers)]);
        int[][] orders = [.. WeakOrders(answers)];

        Assert.Equal(rankings, orders.Length);
        Assert.Equal(1, orders.Sum(ranks => Math.Exp(-DavidsonLuce.Loss(scores, ranks, tensor(-0.4)).item<double>())), 1e-12);
    }

    [Theory]
    [InlineData(1, 2, PairOutcome.First)]
    [InlineData(2, 1, PairOutcome.Second)]
    [InlineData(1, 1, PairOutcome.Tie)]
    public void Two_answers_are_a_pair(int first, int second, PairOutcome outcome)
    {
        // Without candour nobody says "both bad".
        var pair = Davidson.LogProbabilities(Vector(0.9), Vector(-0.3), tensor(0.2), 1e-12).select(0, (int)outcome);

        Equal(Doubles(-pair), DavidsonLuce.Loss(Column(0.9, -0.3), [first, second], tensor(0.2)), 1e-9);
    }

    [Fact]
    public void Heads_do_not_mix()
    {
        var both = DavidsonLuce.Loss(tensor(new double[] { 1, 5, 0, 2, -1, 3 }, [3, 2]), [1, 3, 2], tensor(0.1));

        Equal([DavidsonLuce.Loss(Column(1, 0, -1), [1, 3, 2], tensor(0.1)).item<double>(),
            DavidsonLuce.Loss(Column(5, 2, 3), [1, 3, 2], tensor(0.1)).item<double>()], both, 1e-12);
    }

    private static Tensor Column(params double[] scores) => tensor(scores, [scores.Length, 1]);

    /// <summary>All rank lists that are dense: every level from 1 to the highest occurs.</summary>
    private static IEnumerable<int[]> WeakOrders(int answers) =>
        Enumerable.Range(0, (int)Math.Pow(answers, answers))
            .Select(code => Enumerable.Range(0, answers).Select(i => code / (int)Math.Pow(answers, i) % answers + 1).ToArray())
            .Where(ranks => Enumerable.Range(1, ranks.Max()).All(ranks.Contains));
}
