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
        var counted = judgement.Kind switch
        {
            FeedbackKind.Thumb when judgement.Thumb == Thumb.Up => counts with { ThumbsUp = counts.ThumbsUp + sign },
            FeedbackKind.Thumb => counts with { ThumbsDown = counts.ThumbsDown + sign },
            FeedbackKind.Pair => counts with { Pairs = counts.Pairs + sign },
            FeedbackKind.Ranking => counts with { Rankings = counts.Rankings + sign },
            FeedbackKind.Rating => counts with { Ratings = counts.Ratings + sign },
            FeedbackKind.Correction => counts with { Corrections = counts.Corrections + sign },
            FeedbackKind.Demonstration => counts with { Demonstrations = counts.Demonstrations + sign },
            _ => counts with { Comments = counts.Comments + sign },
        };
        if (judgement.Review == ReviewState.Waiting) counted = counted with { WaitingForReview = counted.WaitingForReview + sign };
        return !consented || !judgement.IsCounted ? counted : counted with
        {
            NewPairs = counted.NewPairs + (judgement.WasInBatch ? 0 : sign * judgement.Pairs),
            DecidedPairs = counted.DecidedPairs + sign * judgement.DecidedPairs,
        };
    }
}
