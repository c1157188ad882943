using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Selection;

namespace ChatLoop.Trainer.Tests.Selection;

public sealed class BestOfNTests
{
    /// <summary>rl_vectors, section 14.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0.193147)]
    [InlineData(4, 0.636294)]
    [InlineData(16, 1.835089)]
    [InlineData(1000, 5.908755)]
    public void Divergence_from_the_policy(int n, double expected) => Assert.Equal(expected, BestOfN.Kl(n), 1e-6);

    [Fact]
    public void The_best_finished_answer_of_each_group_is_chosen()
    {
        const int end = 9;
        TokenizedAnswer Answer(params int[] tokens) => new([1], tokens);
        var best = BestOfN.Choose(
            [(Answer(2, end), 0.1), (Answer(3, end), 0.4), (Answer(4), 5), (Answer(5), 1), (Answer(6), 2), (Answer(7), 3)], 3, [end]);

        Assert.Equal([[3, end]], best.Select(a => a.Answer));
    }
}
