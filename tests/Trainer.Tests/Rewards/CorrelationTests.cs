using ChatLoop.Trainer.Rewards;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class CorrelationTests
{
    [Theory]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 2, 4, 6 }, 1)]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 3, 2, 1 }, -1)]
    [InlineData(new double[] { 1, 2, 3, 4 }, new double[] { 1, 3, 2, 4 }, 0.8)]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 5, 5, 5 }, 0)]
    public void Pearson(double[] x, double[] y, double expected) => Assert.Equal(expected, Correlation.Pearson(x, y), 1e-12);
}
