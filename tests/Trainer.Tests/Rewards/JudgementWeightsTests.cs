using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class JudgementWeightsTests
{
    private static readonly TokenizedAnswer Answer = new([2, 3], [4, 1]);

    /// <summary>16 pairs against 1: sqrt(16) = 4 times the say, not 16 times.</summary>
    [Fact]
    public void Who_rates_most_does_not_decide_most()
    {
        var weighted = JudgementWeights.Assign([.. Pairs("busy", 16), .. Pairs("rare", 1)], maxThumbShare: 0.25);

        Assert.Equal(4, weighted.Where(j => j.RaterId == "busy").Sum(j => j.Weight) / weighted.Single(j => j.RaterId == "rare").Weight, 1e-9);
        Assert.Equal(1, weighted.Average(j => j.Weight), 1e-9);
    }

    [Fact]
    public void Thumbs_together_weigh_a_quarter_of_the_pairs_however_many_they_are()
    {
        var weighted = JudgementWeights.Assign([.. Pairs("a", 8), .. Thumbs("b", 1000)], maxThumbShare: 0.25);

        Assert.Equal(2, weighted.Where(j => !j.IsPair).Sum(j => j.Weight), 1e-9);
        Assert.Equal(8, weighted.Where(j => j.IsPair).Sum(j => j.Weight), 1e-9);
    }

    [Fact]
    public void A_few_thumbs_weigh_no_more_than_as_many_pairs()
    {
        var weighted = JudgementWeights.Assign([.. Pairs("a", 100), .. Thumbs("b", 1)], maxThumbShare: 0.25);

        Assert.Equal(1, weighted.Single(j => !j.IsPair).Weight, 1e-9);
    }

    [Fact]
    public void Thumbs_without_pairs_weigh_nothing() =>
        Assert.All(JudgementWeights.Assign([.. Thumbs("a", 10)], maxThumbShare: 0.25), j => Assert.Equal(0, j.Weight));

    private static IEnumerable<Judgement> Pairs(string rater, int count) =>
        Enumerable.Repeat(new Judgement(rater, Answer, Answer, 1), count);

    private static IEnumerable<Judgement> Thumbs(string rater, int count) =>
        Enumerable.Repeat(new Judgement(rater, Answer, null, 1), count);
}
