using ChatLoop.Trainer.Statistics;

namespace ChatLoop.Trainer.Tests.Statistics;

public sealed class FalseDiscoveryRateTests
{
    /// <summary>The example of Benjamini and Hochberg (1995, section 3.2): of 15 p-values, the four smallest are believed at 5 %.</summary>
    [Fact]
    public void Equals_the_papers_example()
    {
        double[] probabilities =
        [
            0.3240, 0.0001, 0.4262, 0.0004, 0.5719, 0.0019, 0.6528, 0.0095, 0.7590, 0.0201, 1.0000, 0.0278, 0.0298, 0.0344, 0.0459,
        ];

        Assert.Equal([1, 3, 5, 7], FalseDiscoveryRate.Believed(probabilities, 0.05).Order());
    }

    /// <summary>0.04 alone is too much for the smallest of two, but not for the larger.</summary>
    [Fact]
    public void A_larger_one_carries_the_smaller_with_it()
    {
        Assert.Equal([0, 1], FalseDiscoveryRate.Believed([0.04, 0.045], 0.05).Order());
        Assert.Empty(FalseDiscoveryRate.Believed([0.04, 0.9], 0.05));
        Assert.Empty(FalseDiscoveryRate.Believed([], 0.05));
    }
}
