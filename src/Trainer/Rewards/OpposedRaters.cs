using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Trainer.Statistics;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Two groups of raters who consistently want opposite things. Their judgements must not be averaged away: a mean of both is what
/// neither wants. The reward model follows the larger one and learns nothing from the smaller. Who judges by chance is in neither.
/// </summary>
/// <param name="Majority">Share of the followed one, with raters who are hard to place counted in part on either side.</param>
public sealed record OpposedRaters(IReadOnlySet<string> Followed, IReadOnlySet<string> Other, double Majority)
{
    /// <summary>A fair coin falls five times alike in one of 32 cases; of fewer comparisons nothing follows.</summary>
    public const int LeastComparisons = 5;
    /// <summary>Of the raters who show that there are two groups, that share is expected to do so by luck.</summary>
    private const double MaxFalseShare = 0.1;

    /// <returns>Null when there are no two groups that the comparisons bear out.</returns>
    public static OpposedRaters? Find(IReadOnlyList<AxisAgreement> raters)
    {
        var (one, other) = (Clear(raters, r => r.Agreeing), Clear(raters, r => r.Comparisons - r.Agreeing));
        if (one.Count == 0 || other.Count == 0) return null;
        var alike = one.Sum(r => r.Agreeing) + other.Sum(r => r.Comparisons - r.Agreeing);
        var rate = (alike + 1.0) / (one.Concat(other).Sum(r => r.Comparisons) + 2);
        var placed = raters.Select(r => (r.RaterId, Sides: SidesOf(r, rate))).ToList();
        var (weightOfOne, weightOfOther) = (placed.Sum(p => p.Sides.One), placed.Sum(p => p.Sides.Other));
        var majority = Math.Max(weightOfOne, weightOfOther) / (weightOfOne + weightOfOther);
        HashSet<string> ones = [.. placed.Where(p => p.Sides.One > 0.5).Select(p => p.RaterId)], others = [.. placed.Where(p => p.Sides.Other > 0.5).Select(p => p.RaterId)];
        return weightOfOne >= weightOfOther ? new(ones, others, majority) : new(others, ones, majority);
    }

    /// <summary>
    /// How likely a rater is in either group, by Bayes' rule from even odds: of one group's comparisons <paramref name="rate"/> agree
    /// with the axis, of the other's as many do not, and of those of who judges by chance a half.
    /// </summary>
    private static (double One, double Other) SidesOf(AxisAgreement rater, double rate)
    {
        var (agreeing, contradicting) = (rater.Agreeing, rater.Comparisons - rater.Agreeing);
        var odds = Math.Log(2 * rate);
        var against = Math.Log(2 * (1 - rate));
        var (one, other) = (Math.Exp(agreeing * odds + contradicting * against), Math.Exp(contradicting * odds + agreeing * against));
        return (one / (1 + one + other), other / (1 + one + other));
    }

    /// <param name="unseen">Comparisons of prompts that the scoring model had not seen.</param>
    public RaterCamps Report(IEnumerable<ScoredJudgement> unseen)
    {
        List<ScoredJudgement> decided = [.. unseen.Where(s => s.Margin is not null)];
        return new(CampOf(Followed, decided), CampOf(Other, decided), Majority);
    }

    private static RaterCamp CampOf(IReadOnlySet<string> raters, List<ScoredJudgement> decided)
    {
        List<ScoredJudgement> own = [.. decided.Where(s => raters.Contains(s.Judgement.RaterId))];
        return new(raters.Count, (double)own.Count / decided.Count, ScoredJudgement.Accuracy(own));
    }

    private static List<AxisAgreement> Clear(IReadOnlyList<AxisAgreement> raters, Func<AxisAgreement, int> successes)
    {
        double[] chances = [.. raters.Select(r => BinomialTest.ChanceOfAtLeast(successes(r), r.Comparisons))];
        return [.. FalseDiscoveryRate.Believed(chances, MaxFalseShare).Select(i => raters[i])];
    }
}
