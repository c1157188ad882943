using ChatLoop.Trainer.Statistics;

namespace ChatLoop.Trainer.Tests.Statistics;

public sealed class BinomialTestTests
{
    /// <summary>By hand: ways to get that many heads or more, over 2^n.</summary>
    [Theory]
    [InlineData(0, 5, 1.0)]
    [InlineData(5, 5, 1.0 / 32)]
    [InlineData(4, 5, 6.0 / 32)]
    [InlineData(8, 10, 56.0 / 1024)]
    [InlineData(0, 0, 1.0)]
    public void Tail_of_a_fair_coin(int successes, int trials, double expected) =>
        Assert.Equal(expected, BinomialTest.ChanceOfAtLeast(successes, trials), 1e-12);
}
