using ChatLoop.Trainer.Rewards;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class RewardNormalisationTests
{
    [Fact]
    public void Reference_answers_get_mean_0_and_deviation_1()
    {
        var normalisation = RewardNormalisation.Fit([2, 4, 4, 4, 5, 5, 7, 9]);

        Assert.Equal(0, normalisation.Apply(5), 1e-9);
        Assert.Equal(1, normalisation.Apply(7), 1e-9);
    }

    [Fact]
    public void A_model_that_scores_all_alike_is_not_blown_up() =>
        Assert.True(Math.Abs(RewardNormalisation.Fit([1, 1, 1]).Apply(1.0001)) < 1);
}
