using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Simulation;

namespace ChatLoop.Trainer.Tests.Simulation;

/// <summary>Expected numbers by hand from the formulas of docs/feedback-likelihoods.md, head by head, and their means.</summary>
public sealed class NextFeedbackTests
{
    private static readonly LikelihoodParameters Parameters = new(Math.Log(0.5), Candour: 0.2, [-2, -1, 0.5, 1.5]);

    private static HeadEstimate Heads(params double[] scores) => new(scores);

    [Fact]
    public void A_verdict_is_the_mixture_of_what_the_heads_expect()
    {
        var next = NextFeedback.Pairs([Heads(1, -1), Heads(1, 1)], [Heads(0, 0.5), Heads(0, 0)], Parameters);

        Near.Equal([0.375646, 0.452695, 0.164751, 0.006907], [.. next[0].Probabilities], 1e-6);
        Near.Equal([0.598392, 0.220136, 0.176591, 0.004881], [.. next[1].Probabilities], 1e-6);
    }

    /// <summary>Two heads that are sure of opposite things make a coin flip, though their mean score is no closer than one head's doubt.</summary>
    [Fact]
    public void Heads_that_contradict_each_other_make_it_uncertain()
    {
        var next = NextFeedback.Pairs([Heads(8, -8)], [Heads(0, 0)], Parameters with { LogTie = -40 })[0].Probabilities;

        Near.Equal([0.5, 0.5, 0, 0], [.. next], 1e-9);
    }

    /// <summary>sigmoid(1) and sigmoid(-2): 0.731059 and 0.119203.</summary>
    [Fact]
    public void A_thumb_is_up_as_often_as_the_heads_expect() =>
        Near.Equal([0.574869, 0.425131], [.. NextFeedback.Thumbs([Heads(1, -2)])[0].Probabilities], 1e-6);

    [Fact]
    public void Stars_lie_between_the_cut_points() =>
        Near.Equal([0.273713, 0.151418, 0.225710, 0.145732, 0.203426], [.. NextFeedback.Ratings([Heads(1, -2)], Parameters)[0].Probabilities], 1e-6);

    [Fact]
    public void Nothing_is_expected_of_no_answers()
    {
        Assert.Empty(NextFeedback.Pairs([], [], Parameters));
        Assert.Empty(NextFeedback.Thumbs([]));
        Assert.Empty(NextFeedback.Ratings([], Parameters));
    }

    [Fact]
    public void Draws_come_as_often_as_they_are_likely()
    {
        var (next, random) = (new Categorical([0.2, 0, 0.5, 0.3]), new Random(1));
        var counts = new int[4];
        for (var i = 0; i < 10_000; i++) counts[next.Draw(random)]++;

        // Four deviations of a binomial count: 4 * sqrt(10000 * 0.5 * 0.5) = 200.
        Near.Equal([2000, 0, 5000, 3000], [.. counts.Select(c => (double)c)], 200);
        Assert.Equal(0, counts[1]);
    }
}
