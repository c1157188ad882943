using ChatLoop.Contracts.Feedback;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.Grains.Feedback;

/// <summary>The counts from the rows themselves: slow, and right whatever was kept.</summary>
public static class CountedRows
{
    public static FeedbackCounts Of(FeedbackContext context)
    {
        var current = context.Judgements.Current();
        var usable = current.AllowedIn(context);
        var kinds = current.GroupBy(j => j.Kind).Select(g => new { g.Key, Count = g.Count() }).ToDictionary(g => g.Key, g => g.Count);
        return new()
        {
            ThumbsUp = current.Count(j => j.Thumb == Thumb.Up),
            ThumbsDown = current.Count(j => j.Thumb == Thumb.Down),
            Pairs = kinds.GetValueOrDefault(FeedbackKind.Pair),
            Rankings = kinds.GetValueOrDefault(FeedbackKind.Ranking),
            Ratings = kinds.GetValueOrDefault(FeedbackKind.Rating),
            Corrections = kinds.GetValueOrDefault(FeedbackKind.Correction),
            Demonstrations = kinds.GetValueOrDefault(FeedbackKind.Demonstration),
            Comments = kinds.GetValueOrDefault(FeedbackKind.Comment),
            NewPairs = usable.Where(j => !j.WasInBatch).Sum(j => j.Pairs),
            DecidedPairs = usable.Sum(j => j.DecidedPairs),
            WaitingForReview = current.Count(j => j.Review == ReviewState.Waiting),
            Withdrawn = context.Judgements.Count(j => j.WithdrawnBy != null),
            LastSequence = context.Events.Max(e => (long?)e.Sequence) ?? 0,
        };
    }

    /// <summary>Of users who agree to the use of what they say, and not set aside.</summary>
    internal static IQueryable<Judgement> AllowedIn(this IQueryable<Judgement> judgements, FeedbackContext context) =>
        judgements.ConsentedIn(context).Counted();

    /// <summary>Not set aside, or accepted since.</summary>
    internal static IQueryable<Judgement> Counted(this IQueryable<Judgement> judgements) =>
        judgements.Where(j => j.Review == null || j.Review == ReviewState.Accepted);

    /// <summary>Of users who agree to the use of what they say.</summary>
    internal static IQueryable<Judgement> ConsentedIn(this IQueryable<Judgement> judgements, FeedbackContext context) =>
        judgements.Where(j => context.Consents.Any(c => c.UserId == j.UserId && c.Granted));

    /// <summary>Judgements that count: not superseded, not withdrawn, and they say something.</summary>
    internal static IQueryable<Judgement> Current(this IQueryable<Judgement> judgements) =>
        judgements.Where(j => j.SupersededBy == null && j.WithdrawnBy == null && (j.Verdict == null || j.Verdict != PairVerdict.Skip));
}
