using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Comments;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Tests.Rewards.Comments;

/// <summary>Numbers by hand.</summary>
public sealed class ReaderSkillTests
{
    private static readonly TokenizedAnswer Tokens = new([2, 3], [4, 1]);

    /// <summary>9 of 10 with even odds: P(at least 9) = 11 / 1024, so 2 * 0.9 - 1.</summary>
    [Fact]
    public void Of_as_much_praise_as_complaint_it_weighs_twice_the_accuracy_less_one() =>
        Assert.Equal(0.8, new ReaderSkill(Right: 9, Verdicts: 10, Praise: 5).Weight, 1e-12);

    /// <summary>P(at least 8 of 10) = 56 / 1024 = 0.0547.</summary>
    [Fact]
    public void What_may_be_luck_weighs_nothing() => Assert.Equal(0, new ReaderSkill(Right: 8, Verdicts: 10, Praise: 5).Weight);

    /// <summary>18 of 20 is no more than calling everything praise; all 40 of 40 is: 0.9^40 = 0.0148.</summary>
    [Theory]
    [InlineData(18, 20, 18, 0)]
    [InlineData(20, 20, 18, 0)]
    [InlineData(40, 40, 36, 1)]
    [InlineData(20, 20, 20, 0)]
    [InlineData(0, 0, 0, 0)]
    public void Lopsided_verdicts_are_held_against_the_commoner_one(int right, int verdicts, int praise, double weight) =>
        Assert.Equal(weight, new ReaderSkill(right, verdicts, praise).Weight, 1e-12);

    [Fact]
    public void Undecided_verdicts_do_not_count() =>
        Assert.Equal(new ReaderSkill(Right: 2, Verdicts: 3, Praise: 2), ReaderSkill.Of([(0.9, true), (0.2, false), (0.4, true), (0.6, null)]));

    /// <summary>Stars 2, 4, 5: the median is 4.</summary>
    [Fact]
    public void Stars_above_the_median_are_praise()
    {
        var worded = WordedVerdict.Of(
        [
            Worded("a", Judgement.Rating("a", Tokens, 2)), Worded("a", Judgement.Rating("a", Tokens, 4)), Worded("a", Judgement.Rating("a", Tokens, 5)),
            Worded("a", Judgement.Thumb("a", Tokens, up: false)), Worded("b", Judgement.Thumb("b", Tokens, up: true)), Worded("b", null),
        ]);

        Assert.Equal([false, null, true, false, true], worded.Select(w => w.IsPraise));
        // Four by one rater weigh half each.
        Assert.Equal([0.5, 0.5, 0.5, 0.5, 1], worded.Select(w => w.Verdict.Weight));
    }

    private static CommentedAnswer Worded(string rater, Judgement? verdict) => new(rater, Tokens, Tokens, verdict);
}
