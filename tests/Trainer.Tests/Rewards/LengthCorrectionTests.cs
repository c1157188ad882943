using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class LengthCorrectionTests
{
    /// <summary>Scores that are worth plus 0.3 a token; the rater's taste has nothing to do with length.</summary>
    [Fact]
    public void A_bias_is_taken_out_where_the_preference_does_not_depend_on_length()
    {
        var scored = Scored(prefers: (worth, _) => worth);

        Assert.Equal(0.3, LengthCorrection.SlopeOf(scored), 0.05);
        Assert.True(LengthCorrection.Helps(scored));
        Assert.True(Accuracy(scored) < 0.8);
        Assert.True(Accuracy(scored.Select(s => s.Without(LengthCorrection.SlopeOf(scored)))) > 0.9);
    }

    [Fact]
    public void A_rater_who_likes_length_for_itself_is_left_alone()
    {
        var scored = Scored(prefers: (_, length) => length);

        Assert.False(LengthCorrection.Helps(scored));
        Assert.True(Accuracy(scored) > Accuracy(scored.Select(s => s.Without(LengthCorrection.SlopeOf(scored)))) + 0.1);
    }

    [Fact]
    public void Answers_of_one_length_have_no_slope() =>
        Assert.Equal(0, LengthCorrection.SlopeOf([new(Judgement.Pair("r", Answer(3), Answer(3), PairOutcome.First), [1, 0])]));

    private static List<ScoredJudgement> Scored(Func<double, double, double> prefers)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, 200).Select(_ =>
        {
            var (lengths, worths) = (new[] { random.Next(1, 12), random.Next(1, 12) }, new[] { random.NextDouble() * 2, random.NextDouble() * 2 });
            var firstPreferred = prefers(worths[0], lengths[0]) > prefers(worths[1], lengths[1]);
            var pair = Judgement.Pair("r", Answer(lengths[0]), Answer(lengths[1]), firstPreferred ? PairOutcome.First : PairOutcome.Second);
            return new ScoredJudgement(pair, [worths[0] + 0.3 * lengths[0], worths[1] + 0.3 * lengths[1]]);
        })];
    }

    private static double Accuracy(IEnumerable<ScoredJudgement> scored) => ScoredJudgement.Accuracy(scored);

    private static TokenizedAnswer Answer(int length) => new([2], [.. Enumerable.Range(0, length).Select(i => 5 + i), 1]);
}
