using ChatLoop.Trainer.Groups;

namespace ChatLoop.Trainer.Tests.Groups;

/// <summary>Numbers: rl_vectors, section 12, rewards 1, 0, 0.5 and 2.</summary>
public sealed class GroupAdvantageTests
{
    private static readonly double[] Rewards = [1, 0, 0.5, 2];

    [Fact]
    public void Leave_one_out() => Near.Equal([0.166667, -1.166667, -0.5, 1.5], LeaveOneOut.Advantages(Rewards));

    [Theory]
    [InlineData(GroupScale.Bessel, new[] { 0.146368, -1.024575, -0.439104, 1.317311 })]
    [InlineData(GroupScale.Population, new[] { 0.169008, -1.183056, -0.507024, 1.521072 })]
    [InlineData(GroupScale.None, new[] { 0.125, -0.875, -0.375, 1.125 })]
    public void Group_relative(GroupScale scale, double[] expected) => Near.Equal(expected, GroupRelative.Advantages(Rewards, scale));

    /// <summary>Sums of 0.1 round: the mean of six is not 0.1.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(-1e9)]
    public void Equal_rewards_give_zeros(double reward)
    {
        double[] equal = [.. Enumerable.Repeat(reward, 6)], zeros = new double[6];

        Assert.Equal(zeros, LeaveOneOut.Advantages(equal));
        Assert.All(Enum.GetValues<GroupScale>(), scale => Assert.Equal(zeros, GroupRelative.Advantages(equal, scale)));
    }

    [Fact]
    public void A_group_of_one_is_refused()
    {
        Assert.Throws<ArgumentException>(() => LeaveOneOut.Advantages([1]));
        Assert.Throws<ArgumentException>(() => GroupRelative.Advantages([1], GroupScale.None));
    }
}
