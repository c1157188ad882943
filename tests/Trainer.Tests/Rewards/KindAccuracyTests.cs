using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class KindAccuracyTests
{
    private static readonly TokenizedAnswer A = new([2], [4, 1]), B = new([2], [5, 1]), C = new([2], [6, 1]);

    [Fact]
    public void A_ranking_is_right_when_the_best_outscores_the_worst()
    {
        var ranking = Judgement.Ranking("r", [A, B, C], [2, 3, 1]);

        Assert.Equal([new(JudgementKind.Ranking, 0.5, 2)], KindAccuracy.Of([new(ranking, [5, 0, 1]), new(ranking, [0, 2, 1])]));
    }

    /// <summary>Of 2 * 1 pairs of an up and a down, one is in order.</summary>
    [Fact]
    public void Thumbs_are_right_by_their_order() =>
        Assert.Equal([new(JudgementKind.Thumb, 0.5, 2)], KindAccuracy.Of(
        [
            new(Judgement.Thumb("r", A, up: true), [1]), new(Judgement.Thumb("r", B, up: true), [-1]), new(Judgement.Thumb("r", C, up: false), [0]),
        ]));

    [Fact]
    public void Scores_of_two_models_are_not_compared() =>
        Assert.Empty(KindAccuracy.Of([new(Judgement.Rating("r", A, 5), [1], Model: 1), new(Judgement.Rating("r", B, 1), [0], Model: 2)]));

    [Fact]
    public void A_tie_is_neither_right_nor_wrong() =>
        Assert.Equal([new(JudgementKind.Pair, 1, 1)], KindAccuracy.Of(
            [new(Judgement.Pair("r", A, B, PairOutcome.Tie), [1, 0]), new(Judgement.Pair("r", A, B, PairOutcome.Second), [0, 1])]));
}
