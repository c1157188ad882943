using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Tests.Rollouts;

public sealed class ImportanceWeightsTests
{
    /// <summary>By hand: e^0.1, e^-0.3, and e^1.5 = 4.48 cut to 2; (sum)^2 / sum of squares = 3.845989^2 / 5.770214.</summary>
    [Fact]
    public void Weights_are_cut_and_few_samples_remain()
    {
        var weights = ImportanceWeights.Truncated([-1.9, -2.3, -0.5], [-2, -2, -2], cap: 2);

        Assert.Equal([1.105171, 0.740818, 2], weights.Select(w => Math.Round(w, 6)));
        Assert.Equal(2.563446, ImportanceWeights.EffectiveSampleSize(weights), 1e-6);
    }

    [Fact]
    public void What_can_no_longer_be_sampled_weighs_nothing() =>
        Assert.Equal([0, 1], ImportanceWeights.Truncated([double.NegativeInfinity, -1], [-1, -1], cap: 10));

    [Fact]
    public void Equal_weights_count_in_full_and_a_single_one_as_one()
    {
        Assert.Equal(4, ImportanceWeights.EffectiveSampleSize([0.5, 0.5, 0.5, 0.5]), 1e-12);
        Assert.Equal(1, ImportanceWeights.EffectiveSampleSize([0, 3, 0]), 1e-12);
        Assert.Equal(0, ImportanceWeights.EffectiveSampleSize([0, 0]));
        Assert.Equal(0, ImportanceWeights.EffectiveSampleSize([]));
        Assert.Equal(8, ImportanceWeights.CapFor(64));
    }
}
