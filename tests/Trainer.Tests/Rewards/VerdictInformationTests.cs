using ChatLoop.Trainer.Rewards;

namespace ChatLoop.Trainer.Tests.Rewards;

/// <summary>Numbers by hand, in nats.</summary>
public sealed class VerdictInformationTests
{
    private static readonly HeadEstimate Zero = new([0, 0]);

    /// <summary>Differences log 3 and -log 3: p is 3/4 and 1/4, so log 2 - H(1/4) = 0.693147 - 0.562335.</summary>
    [Fact]
    public void Heads_that_contradict_each_other() =>
        Assert.Equal(0.130812, VerdictInformation.Of(new([Math.Log(3), -Math.Log(3)]), Zero), 1e-6);

    /// <summary>Differences log 9 and 0: p is 9/10 and 1/2, mean 7/10; H(0.7) - (H(0.9) + log 2) / 2 = 0.610864 - (0.325083 + 0.693147) / 2.</summary>
    [Fact]
    public void Only_differences_count() =>
        Assert.Equal(0.101749, VerdictInformation.Of(new([5 + Math.Log(9), -3]), new([5, -3])), 1e-6);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 4)]
    [InlineData(1000, 1000)]
    public void Heads_that_agree_have_nothing_to_learn(double first, double second) =>
        Assert.Equal(0, VerdictInformation.Of(new([first, second]), Zero), 1e-12);

    [Fact]
    public void Certain_heads_that_contradict_each_other_have_a_bit_to_learn() =>
        Assert.Equal(Math.Log(2), VerdictInformation.Of(new([1000, -1000]), Zero), 1e-12);

    /// <summary>Beside 0 the second tells most; beside an answer that the heads see the same way it tells nothing.</summary>
    [Fact]
    public void Most_informative_candidate_beside_what_is_shown()
    {
        HeadEstimate[] candidates = [new([1, 1]), new([2, -2]), new([1, -1])];

        Assert.Equal(1, VerdictInformation.MostInformative([Zero], candidates));
        Assert.Equal(0, VerdictInformation.MostInformative([new([2, -2])], [new([3, -1]), new([2, -2])]));
        Assert.Equal(0, VerdictInformation.MostInformative([Zero], [Zero, Zero]));
    }
}
