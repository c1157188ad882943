using ChatLoop.Trainer.Rewards;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class HeadEstimateTests
{
    private static readonly HeadEstimate Estimate = new([1, 0.4, 1.6]);

    /// <summary>rl_vectors, section 16: mean 1, variance 0.24, and 0.88 at half a variance below, which is 0.2449 deviations.</summary>
    [Fact]
    public void Equals_the_worked_example()
    {
        Assert.Equal(1, Estimate.Mean, 1e-12);
        Assert.Equal(0.24, Estimate.Spread * Estimate.Spread, 1e-12);
        Assert.Equal(0.88, Estimate.Conservative(0.5 * Math.Sqrt(0.24)), 1e-12);
    }

    [Fact]
    public void One_head_has_no_spread() => Assert.Equal(0.7, new HeadEstimate([0.7]).Conservative(3), 1e-12);
}
