using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class RaterReliabilityTests
{
    /// <summary>A model that is right about 80 % of what honest people say, and one rater in five who says the opposite.</summary>
    [Fact]
    public void Who_says_the_opposite_loses_weight_and_the_others_keep_theirs()
    {
        var random = new Random(1);
        var judged = Enumerable.Range(0, 5).SelectMany(rater => Enumerable.Range(0, 40).Select(_ =>
        {
            var margin = random.NextDouble() < 0.8 ? 1.4 : -1.4;
            return Judged($"r{rater}", rater == 4 ? -margin : margin);
        }));

        var reliability = RaterReliability.Estimate(judged, trust: 4);

        Assert.Equal(0, reliability["r4"]);
        Assert.All(Enumerable.Range(0, 4), rater => Assert.True(reliability[$"r{rater}"] > 0.9, $"{reliability[$"r{rater}"]}"));
    }

    [Fact]
    public void One_judgement_against_the_others_is_no_reason_to_doubt()
    {
        var reliability = RaterReliability.Estimate([.. Agreeing("many", 40), .. Agreeing("more", 40), Judged("once", -1.4)], trust: 4);

        Assert.True(reliability["once"] > 0.9, $"{reliability["once"]}");
    }

    [Fact]
    public void A_rater_who_flips_coins_counts_for_little()
    {
        var coins = Enumerable.Range(0, 60).Select(i => Judged("coin", i % 2 == 0 ? 2 : -2));

        var reliability = RaterReliability.Estimate([.. Agreeing("a", 60), .. Agreeing("b", 60), .. coins], trust: 4);

        Assert.InRange(reliability["coin"], 0, 0.2);
        Assert.True(reliability["a"] > 0.95);
    }

    /// <summary>However sure of itself a model is that knows nothing, its word is no evidence against anybody.</summary>
    [Fact]
    public void A_model_that_knows_nothing_doubts_nobody()
    {
        var judged = Enumerable.Range(0, 4).SelectMany(rater => Enumerable.Range(0, 20).Select(i => Judged($"r{rater}", i % 2 == 0 ? 6 : -6)));

        Assert.All(RaterReliability.Estimate(judged, trust: 4).Values, r => Assert.True(r > 0.9, $"{r}"));
    }

    [Fact]
    public void Of_two_who_disagree_neither_is_doubted() =>
        Assert.Empty(RaterReliability.Estimate([.. Agreeing("a", 40), .. Enumerable.Repeat(Judged("b", -1.4), 40)], trust: 4));

    /// <summary>A model that has everything upside down must not silence everybody.</summary>
    [Fact]
    public void Somebody_is_always_left() =>
        Assert.Empty(RaterReliability.Estimate(Enumerable.Range(0, 120).Select(i => Judged($"r{i % 3}", -3)), trust: 4));

    [Fact]
    public void Ties_and_thumbs_are_no_evidence() =>
        Assert.Empty(RaterReliability.Estimate(
            [new(RatedLetters.Tie(0), [3, -3]), new(RatedLetters.Pointwise(JudgementKind.Thumb, 0), [2])], trust: 4));

    private static IEnumerable<ScoredJudgement> Agreeing(string rater, int count) => Enumerable.Range(0, count).Select(_ => Judged(rater, 1.4));

    private static ScoredJudgement Judged(string rater, double margin) =>
        new(Judgement.Pair(rater, new([2], [4, 1]), new([2], [5, 1]), PairOutcome.First), [margin, 0]);
}
