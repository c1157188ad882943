using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class JudgementWeightsTests
{
    private static readonly TokenizedAnswer Answer = new([2, 3], [4, 1]);

    /// <summary>16 pairs against 1: sqrt(16) = 4 times the say, not 16 times.</summary>
    [Fact]
    public void Who_rates_most_does_not_decide_most()
    {
        var weighted = JudgementWeights.Assign([.. Pairs("busy", 16), .. Pairs("rare", 1)], maxPointwiseShare: 0.25);

        Assert.Equal(4, weighted.Where(j => j.RaterId == "busy").Sum(j => j.Weight) / weighted.Single(j => j.RaterId == "rare").Weight, 1e-9);
        Assert.Equal(1, weighted.Average(j => j.Weight), 1e-9);
    }

    [Fact]
    public void One_person_of_many_weighs_no_more_than_the_largest_share()
    {
        Judgement[] judgements = [.. Pairs("busy", 400), .. Thumbs("busy", 400), .. Enumerable.Range(0, 40).SelectMany(i => Pairs($"{i}", 1).Concat(Thumbs($"{i}", 1)))];
        var weighted = JudgementWeights.Assign(judgements, maxPointwiseShare: 0.25, largestShare: 0.1);

        foreach (var isComparison in (bool[])[true, false])
        {
            var kind = weighted.Where(j => j.IsComparison == isComparison).ToList();
            Assert.Equal(0.1, kind.Where(j => j.RaterId == "busy").Sum(j => j.Weight) / kind.Sum(j => j.Weight), 1e-9);
        }
        Assert.Equal(1, weighted.Where(j => j.IsComparison).Average(j => j.Weight), 1e-9);
    }

    /// <summary>By hand: roots 20, 12 and forty times 1; c = 0.1 * 40 / (1 - 0.2) = 5, so 5 of 50.</summary>
    [Fact]
    public void The_page_is_told_how_much_the_heaviest_person_weighs_and_whom_the_bound_cut()
    {
        Judgement[] judgements = [.. Pairs("busy", 400), .. Pairs("eager", 144), .. Enumerable.Range(0, 40).SelectMany(i => Pairs($"{i}", 1)), .. Thumbs("t", 9)];

        var influence = RaterShares.Influence(JudgementWeights.Assign(judgements, 0.25, largestShare: 0.1), JudgementWeights.Assign(judgements, 0.25));

        Assert.Equal((42, 2), (influence!.People, influence.Bounded));
        Assert.Equal(0.1, influence.LargestShare, 1e-9);
        Assert.Equal(20 / 72.0, influence.Unbounded, 1e-9);
        Assert.Null(RaterShares.Influence(JudgementWeights.Assign([.. Thumbs("t", 9)], 0.25), []));
    }

    [Fact]
    public void Who_is_alone_learns_as_if_there_were_no_bound()
    {
        Judgement[] mine = [.. Pairs("me", 50), .. Thumbs("me", 9)];
        Assert.Equal(JudgementWeights.Assign(mine, 0.25).Select(j => j.Weight), JudgementWeights.Assign(mine, 0.25, largestShare: 0.1).Select(j => j.Weight));
    }

    [Fact]
    public void Thumbs_together_weigh_a_quarter_of_the_pairs_however_many_they_are()
    {
        var weighted = JudgementWeights.Assign([.. Pairs("a", 8), .. Thumbs("b", 1000)], maxPointwiseShare: 0.25);

        Assert.Equal(2, weighted.Where(j => !j.IsComparison).Sum(j => j.Weight), 1e-9);
        Assert.Equal(8, weighted.Where(j => j.IsComparison).Sum(j => j.Weight), 1e-9);
    }

    [Fact]
    public void A_few_thumbs_weigh_no_more_than_as_many_pairs()
    {
        var weighted = JudgementWeights.Assign([.. Pairs("a", 100), .. Thumbs("b", 1)], maxPointwiseShare: 0.25);

        Assert.Equal(1, weighted.Single(j => !j.IsComparison).Weight, 1e-9);
    }

    [Fact]
    public void Thumbs_without_pairs_weigh_nothing() =>
        Assert.All(JudgementWeights.Assign([.. Thumbs("a", 10)], maxPointwiseShare: 0.25), j => Assert.Equal(0, j.Weight));

    [Fact]
    public void Ratings_and_thumbs_share_the_quarter()
    {
        var ratings = Enumerable.Repeat(Judgement.Rating("c", Answer, stars: 5), 50);
        var weighted = JudgementWeights.Assign([.. Pairs("a", 8), .. Thumbs("b", 50), .. ratings], maxPointwiseShare: 0.25);

        Assert.Equal(2, weighted.Where(j => !j.IsComparison).Sum(j => j.Weight), 1e-9);
        Assert.Equal(1, weighted.Where(j => j.Kind == JudgementKind.Rating).Sum(j => j.Weight), 1e-9);
    }

    /// <summary>Comments by a reader that is half sure: half of a thumb each, and no more of the cap than they are evidence for.</summary>
    [Fact]
    public void A_comment_weighs_as_much_of_a_thumb_as_its_reader_is_sure()
    {
        var comments = Enumerable.Repeat(Judgement.Comment("b", Answer, praise: 0.9, certainty: 0.5), 2).ToArray();

        var few = JudgementWeights.Assign([.. Pairs("a", 100), .. comments], maxPointwiseShare: 0.25);
        Assert.Equal(1, few.Where(j => j.Kind == JudgementKind.Comment).Sum(j => j.Weight), 1e-9);

        // One thumb and two half comments of as many raters share a cap of 1.
        var capped = JudgementWeights.Assign([.. Pairs("a", 4), .. Thumbs("c", 1), comments[0], Judgement.Comment("d", Answer, 0.1, 0.5)], 0.25);
        Assert.Equal([0.5, 0.25, 0.25], capped.Where(j => !j.IsComparison).Select(j => j.Weight));
    }

    [Fact]
    public void Rankings_corrections_and_demonstrations_weigh_like_pairs()
    {
        Judgement[] comparisons =
        [
            .. Pairs("a", 1), Judgement.Ranking("b", [Answer, Answer, Answer], [1, 2, 2]), Judgement.Correction("c", Answer, Answer),
            Judgement.Demonstration("d", Answer, Answer),
        ];

        Assert.All(JudgementWeights.Assign(comparisons, maxPointwiseShare: 0.25), j => Assert.Equal(1, j.Weight, 1e-9));
    }

    [Fact]
    public void A_doubted_rater_gives_weight_to_the_others_in_all_kinds()
    {
        var weighted = JudgementWeights.Assign(
            [.. Pairs("honest", 8), .. Pairs("adversary", 8), .. Thumbs("honest", 4), .. Thumbs("adversary", 4)], maxPointwiseShare: 0.25,
            reliability: rater => rater == "honest" ? 1 : 0);

        Assert.All(weighted.Where(j => j.RaterId == "adversary"), j => Assert.Equal(0, j.Weight));
        Assert.Equal(16, weighted.Where(j => j.IsComparison).Sum(j => j.Weight), 1e-9);
        Assert.Equal(4, weighted.Where(j => !j.IsComparison).Sum(j => j.Weight), 1e-9);
    }

    private static IEnumerable<Judgement> Pairs(string rater, int count) =>
        Enumerable.Repeat(Judgement.Pair(rater, Answer, Answer, PairOutcome.First), count);

    private static IEnumerable<Judgement> Thumbs(string rater, int count) =>
        Enumerable.Repeat(Judgement.Thumb(rater, Answer, up: true), count);
}
