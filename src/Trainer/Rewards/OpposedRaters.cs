using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Trainer.Statistics;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Two groups of raters who consistently want opposite things. Their judgements must not be averaged away: a mean of both is what
/// neither wants. The reward model follows the larger one and learns nothing from the smaller. Who judges by chance is in neither.
/// </summary>
/// <param name="Followed">At least as many raters as the other.</param>
public sealed record OpposedRaters(IReadOnlySet<string> Followed, IReadOnlySet<string> Other)
{
    /// <summary>A fair coin falls five times alike in one of 32 cases; of fewer comparisons nothing follows.</summary>
    public const int LeastComparisons = 5;
    /// <summary>Of the raters who are put into a group, that share is expected to be there by luck.</summary>
    private const double MaxFalseShare = 0.1;

    /// <returns>Null when there are no two groups that the comparisons bear out.</returns>
    public static OpposedRaters? Find(IReadOnlyList<AxisAgreement> raters)
    {
        var (one, other) = (Clear(raters, r => r.Agreeing), Clear(raters, r => r.Comparisons - r.Agreeing));
        if (one.Count == 0 || other.Count == 0) return null;
        return one.Count >= other.Count ? new(one, other) : new(other, one);
    }

    /// <param name="unseen">Comparisons of prompts that the scoring model had not seen.</param>
    public RaterCamps Report(IEnumerable<ScoredJudgement> unseen)
    {
        List<ScoredJudgement> decided = [.. unseen.Where(s => s.Margin is not null)];
        return new(CampOf(Followed, decided), CampOf(Other, decided));
    }

    private static RaterCamp CampOf(IReadOnlySet<string> raters, List<ScoredJudgement> decided)
    {
        List<ScoredJudgement> own = [.. decided.Where(s => raters.Contains(s.Judgement.RaterId))];
        return new(raters.Count, (double)own.Count / decided.Count, ScoredJudgement.Accuracy(own));
    }

    private static HashSet<string> Clear(IReadOnlyList<AxisAgreement> raters, Func<AxisAgreement, int> successes)
    {
        double[] chances = [.. raters.Select(r => BinomialTest.ChanceOfAtLeast(successes(r), r.Comparisons))];
        return [.. FalseDiscoveryRate.Believed(chances, MaxFalseShare).Select(i => raters[i].RaterId)];
    }
}
