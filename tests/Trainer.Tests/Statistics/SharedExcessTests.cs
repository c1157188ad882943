using ChatLoop.Trainer.Statistics;

namespace ChatLoop.Trainer.Tests.Statistics;

public sealed class SharedExcessTests
{
    /// <summary>Exact, by Python's fractions: 5 P(Bin(5, 2e-5) >= 2).</summary>
    [Fact]
    public void Two_small_chances_of_five_are_small_together()
    {
        var (count, chance) = SharedExcess.Of([0.5, 1e-5, 0.75, 2e-5, 0.9], atLeast: 2);
        Assert.Equal(2, count);
        Assert.Equal(1.9999200011999936e-08, chance, 1e-20);
    }

    /// <summary>Five of 100 at 1/1000 and the rest as even as can be: 100 P(Bin(100, 1/1000) >= 5), exact by Python's fractions.</summary>
    [Fact]
    public void Few_among_many_are_found_and_no_more_than_they()
    {
        double[] chances = [.. Enumerable.Range(6, 95).Select(j => j / 100.0), .. Enumerable.Repeat(0.001, 5)];
        var (count, chance) = SharedExcess.Of(chances, atLeast: 2);
        Assert.Equal(5, count);
        Assert.Equal(6.956098934022621e-06, chance, 1e-16);
    }

    [Fact]
    public void One_alone_is_not_several()
    {
        Assert.Equal((0, 1), SharedExcess.Of([1e-300], atLeast: 2));
        Assert.Equal(1, SharedExcess.Of([1e-300, 1, 1, 1], atLeast: 2).Chance);
    }

    /// <summary>The bound promises at most 0.05 where chances are uniform.</summary>
    [Fact]
    public void Chances_of_nothing_pass_the_level_no_more_often_than_it_says()
    {
        var random = new Random(11);
        var passed = Enumerable.Range(0, 4000)
            .Count(_ => SharedExcess.Of([.. Enumerable.Range(0, 30).Select(_ => random.NextDouble())], atLeast: 2).Chance <= 0.05);
        Assert.InRange(passed, 0, 200);
    }

    [Fact]
    public void All_looks_together_spend_no_more_than_the_whole()
    {
        var spent = Enumerable.Range(1, 100_000).Sum(k => AlphaSpending.Of(0.01, k));
        Assert.InRange(spent, 0.00999, 0.01);
    }
}
