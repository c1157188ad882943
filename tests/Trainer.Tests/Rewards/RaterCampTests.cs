using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Gates;
using ChatLoop.Trainer.Rewards;

namespace ChatLoop.Trainer.Tests.Rewards;

/// <summary>Raters who like question marks, raters who like none, and raters who do not read; several seeds of everything.</summary>
public sealed class RaterCampTests : IDisposable
{
    private readonly TransformerWeights _policy = LetterPolicy.Weights(3);

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void Two_camps_of_one_size_are_both_found(int seed)
    {
        var opposed = Survey(seed, friends: 6, opponents: 6, noise: 0);

        Assert.NotNull(opposed);
        Assert.True(opposed.Followed.Count >= 5 && opposed.Other.Count >= 5, $"{opposed.Followed.Count} and {opposed.Other.Count}");
        Assert.InRange(opposed.Majority, 0.5, 0.55);
        Assert.Single(opposed.Other.Select(RatedLetters.NumberOf).Select(r => r < 6).Distinct());
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void Of_two_camps_the_larger_is_followed_and_who_does_not_read_is_in_neither(int seed)
    {
        var opposed = Survey(seed, friends: 7, opponents: 3, noise: 2, perRater: 16);

        Assert.NotNull(opposed);
        Assert.True(opposed.Followed.Count >= 6 && opposed.Followed.All(r => RatedLetters.NumberOf(r) < 7), string.Join(", ", opposed.Followed));
        Assert.InRange(opposed.Majority, 0.62, 0.78);
        Assert.Equal([7, 8, 9], opposed.Other.Select(RatedLetters.NumberOf).Order());
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void Who_does_not_read_is_no_camp(int seed) => Assert.Null(Survey(seed, friends: 6, opponents: 0, noise: 6));

    /// <summary>A quarter of the votes are mistakes, by which nobody becomes an opponent.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void Who_makes_mistakes_is_no_camp(int seed) => Assert.Null(Survey(seed, friends: 12, opponents: 0, noise: 0, mistakes: 0.25));

    /// <summary>Camps of people who err one time in five, with 25 comparisons of each.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void Camps_are_found_in_spite_of_mistakes(int seed)
    {
        var opposed = Survey(seed, friends: 6, opponents: 6, noise: 0, perRater: 25, mistakes: 0.2);

        Assert.NotNull(opposed);
        Assert.True(opposed.Followed.Count >= 4 && opposed.Other.Count >= 4, $"{opposed.Followed.Count} and {opposed.Other.Count}");
        Assert.True(opposed.Majority < new GateOptions().MinMajority, $"{opposed.Majority}");
        Assert.Single(opposed.Followed.Select(RatedLetters.NumberOf).Select(r => r < 6).Distinct());
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void Among_those_who_do_not_read_there_are_none(int seed) => Assert.Null(Survey(seed, friends: 0, opponents: 0, noise: 12));

    [Fact]
    public void Two_who_contradict_each_other_are_two_camps()
    {
        var opposed = Survey(seed: 1, friends: 1, opponents: 1, noise: 0, perRater: 60);

        Assert.NotNull(opposed);
        Assert.Equal((1, 1), (opposed.Followed.Count, opposed.Other.Count));
    }

    [Fact]
    public void Four_comparisons_say_nothing_of_a_rater() => Assert.Null(Survey(seed: 1, friends: 6, opponents: 6, noise: 0, perRater: 4));

    [Fact]
    public void A_camp_is_who_is_clearly_on_one_side()
    {
        var opposed = OpposedRaters.Find([new("a", 10, 10), new("b", 9, 10), new("c", 5, 10), new("d", 0, 10)]);

        Assert.NotNull(opposed);
        Assert.Equal(["a", "b"], opposed.Followed.Order());
        Assert.Equal(["d"], opposed.Other);
        // Of them 29 of 30 are alike: a rate of 30/32. Two and a little of c on one side, one and as much on the other.
        Assert.Equal(2.0 / 3, opposed.Majority, 0.03);
    }

    /// <summary>By hand: two comparisons of a, one of them right; three of b, all wrong; one of c, in neither camp.</summary>
    [Fact]
    public void Each_camp_is_reported_with_its_share_and_accuracy()
    {
        ScoredJudgement Judged(string rater, double margin) => new(RatedLetters.Comparison(JudgementKind.Pair, 0, rater), [margin, 0]);

        var camps = new OpposedRaters(new HashSet<string> { "a" }, new HashSet<string> { "b" }, Majority: 0.55).Report(
            [Judged("a", 1), Judged("a", -1), Judged("b", -1), Judged("b", -2), Judged("b", -3), Judged("c", 1), new(RatedLetters.Tie(0), [1, 0])]);

        Assert.Equal(new(new(1, 2.0 / 6, 0.5), new(1, 0.5, 0), 0.55), camps);
    }

    private OpposedRaters? Survey(int seed, int friends, int opponents, int noise, int perRater = 10, double mistakes = 0) =>
        new RaterSurvey(folds: 3).Opposed(
            SeenJudgement.Of(
                _policy, RatedLetters.ByRaters(seed, friends, opponents, noise, perRater, mistakes), LetterPolicy.Rollouts,
                TestContext.Current.CancellationToken),
            seed);

    public void Dispose() => _policy.Dispose();
}
