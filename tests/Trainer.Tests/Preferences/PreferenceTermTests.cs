using ChatLoop.Trainer.Preferences;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Tests.Preferences;

/// <summary>What each kind of judgement says in two answers, or in one.</summary>
public sealed class PreferenceTermTests
{
    private static readonly TokenizedAnswer A = new([1], [10]), B = new([1], [11]), C = new([1], [12]);

    [Theory]
    [InlineData(PairOutcome.First, 1)]
    [InlineData(PairOutcome.Second, 0)]
    [InlineData(PairOutcome.Tie, 0.5)]
    [InlineData(PairOutcome.BothBad, 0.5)]
    public void A_pair_is_one_term(PairOutcome outcome, double label)
    {
        var term = Assert.Single(PreferenceTerm.Pairs([Judgement.Pair("ada", A, B, outcome)]));
        Assert.Equal((A, B, label, 1), (term.First, term.Second, term.Label, term.Weight));
    }

    [Fact]
    public void A_ranking_is_every_two_of_its_answers_with_its_weight_shared()
    {
        var terms = PreferenceTerm.Pairs([Judgement.Ranking("ada", [A, B, C], [2, 1, 2]) with { Weight = 6 }]);
        Assert.Equal([(A, B, 0, 2), (A, C, 0.5, 2), (B, C, 1, 2)], terms.Select(t => (t.First, t.Second!, t.Label, t.Weight)));
    }

    [Fact]
    public void A_correction_beats_what_it_corrects()
    {
        var term = Assert.Single(PreferenceTerm.Pairs([Judgement.Correction("ada", A, B)]));
        Assert.Equal((A, B, 1), (term.First, term.Second, term.Label));
    }

    [Fact]
    public void Single_answers_are_liked_or_not_and_the_rest_is_left_out()
    {
        var terms = PreferenceTerm.Singles(
        [
            Judgement.Pair("ada", A, B, PairOutcome.Second), Judgement.Pair("ada", A, C, PairOutcome.BothBad), Judgement.Pair("ada", A, C, PairOutcome.Tie),
            Judgement.Thumb("ada", C, up: true), Judgement.Rating("ada", B, 2), Judgement.Rating("ada", B, 3), Judgement.Rating("ada", B, 5),
        ]);
        Assert.Equal(
            [(A, 0, 0.5), (B, 1, 0.5), (A, 0, 0.5), (C, 0, 0.5), (C, 1, 1.0), (B, 0, 1.0), (B, 1, 1.0)],
            terms.Select(t => (t.First, t.Label, t.Weight)));
        Assert.All(terms, t => Assert.Null(t.Second));
    }
}
