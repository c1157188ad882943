using ChatLoop.Trainer.Rewards;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class RaterSharesTests
{
    /// <summary>Worked out by hand: c = s rest / (1 - s k).</summary>
    [Theory]
    // Five people: twice an even share is 2/5; c = 0.4 * 4 / 0.6 = 8/3.
    [InlineData(0.1, new[] { 8.0, 1, 1, 1, 1 }, new[] { 8 / 3.0, 1, 1, 1, 1 })]
    // Two are cut: c = 0.25 * 6 / (1 - 0.5) = 3.
    [InlineData(0.25, new[] { 1.0, 9, 1, 7, 1, 1, 1, 1 }, new[] { 1.0, 3, 1, 3, 1, 1, 1, 1 })]
    [InlineData(0.1, new[] { 5.0 }, new[] { 5.0 })]
    [InlineData(0.1, new[] { 50.0, 1 }, new[] { 50.0, 1 })]
    [InlineData(1, new[] { 50.0, 1, 1, 1 }, new[] { 50.0, 1, 1, 1 })]
    [InlineData(0.1, new[] { 0.0, 0 }, new[] { 0.0, 0 })]
    public void Weights_above_the_level_are_cut_to_it(double share, double[] weights, double[] bounded) =>
        Assert.All(RaterShares.Bound(weights, share).Zip(bounded), pair => Assert.Equal(pair.Second, pair.First, 1e-9));

    [Fact]
    public void Whatever_the_weights_nobody_has_more_than_the_share_or_twice_an_even_one()
    {
        var random = new Random(5);
        for (var i = 0; i < 2000; i++)
        {
            double[] weights = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => Math.Exp(3 * random.NextDouble() * random.Next(4)))];
            var share = 0.02 + random.NextDouble() * 0.5;
            var bounded = RaterShares.Bound(weights, share);
            Assert.True(bounded.Max() / bounded.Sum() <= Math.Max(share, 2.0 / weights.Length) + 1e-9);
            Assert.All(bounded.Zip(weights), pair => Assert.True(pair.First <= pair.Second));
        }
    }
}
