using ChatLoop.Contracts.Feedback;

namespace ChatLoop.Grains.Feedback;

/// <summary>What one judgement adds to the counts, so that they are kept without counting all rows at every event.</summary>
internal static class FeedbackCountsArithmetic
{
    /// <param name="sign">1 to add the judgement as it is now, -1 to take it out before it changes.</param>
    public static FeedbackCounts Plus(this FeedbackCounts counts, Judgement judgement, bool consented, int sign)
    {
        if (judgement.WithdrawnBy is not null) return counts with { Withdrawn = counts.Withdrawn + sign };
        if (!judgement.IsCurrent || !judgement.IsPreference) return counts;
        return judgement.Thumb switch
        {
            Thumb.Up => counts with { ThumbsUp = counts.ThumbsUp + sign },
            Thumb.Down => counts with { ThumbsDown = counts.ThumbsDown + sign },
            _ => counts with
            {
                Pairs = counts.Pairs + sign,
                NewPairs = counts.NewPairs + (consented && !judgement.WasInBatch ? sign : 0),
                DecidedPairs = counts.DecidedPairs + (consented && judgement.Verdict is PairVerdict.Left or PairVerdict.Right ? sign : 0),
            },
        };
    }
}
