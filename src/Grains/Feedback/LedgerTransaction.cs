using ChatLoop.Contracts.Feedback;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.Grains.Feedback;

/// <summary>
/// One transaction of the ledger's writer. What the requests of a batch need is read in a few queries before they are applied in
/// memory, and written in one go.
/// </summary>
internal sealed class LedgerTransaction(FeedbackContext context, FeedbackCounts counts, DateTimeOffset now)
{
    private readonly Dictionary<string, Judgement> _judgements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UserConsent> _consents = new(StringComparer.Ordinal);

    public FeedbackContext Context => context;

    public FeedbackCounts Counts { get; private set; } = counts;

    public DateTimeOffset Now => now;

    /// <summary>Reads the rows that requests about these judgements touch.</summary>
    public void Load(string[] feedbackIds, string[] targetIds, string[] userIds)
    {
        var known = context.Judgements.Where(j => EF.Parameter(feedbackIds).Contains(j.FeedbackId))
            .Concat(context.Judgements.Where(j => EF.Parameter(targetIds).Contains(j.TargetId) && j.SupersededBy == null && j.WithdrawnBy == null));
        foreach (var judgement in known) _judgements[judgement.FeedbackId] = judgement;
        foreach (var consent in context.Consents.Where(c => EF.Parameter(userIds).Contains(c.UserId))) _consents[consent.UserId] = consent;
    }

    public Judgement? Find(string feedbackId) => _judgements.GetValueOrDefault(feedbackId);

    public Judgement? CurrentOf(string userId, FeedbackSubmission submission) =>
        _judgements.Values.FirstOrDefault(j => j.IsCurrent && j.UserId == userId && j.SameTarget(submission));

    public bool HasConsented(string userId) => _consents.TryGetValue(userId, out var consent) && consent.Granted;

    public FeedbackStatus StatusOf(Judgement judgement) => judgement.ToStatus(HasConsented(judgement.UserId));

    /// <summary>The number of the next event.</summary>
    public long NextSequence()
    {
        Counts = Counts with { LastSequence = Counts.LastSequence + 1 };
        return Counts.LastSequence;
    }

    public void Append(LedgerEvent entry) => context.Events.Add(entry);

    public void Add(Judgement judgement)
    {
        context.Judgements.Add(judgement);
        _judgements.Add(judgement.FeedbackId, judgement);
        Counts = Counts.Plus(judgement, HasConsented(judgement.UserId), +1);
    }

    public void Change(Judgement judgement, Action<Judgement> change)
    {
        var consented = HasConsented(judgement.UserId);
        Counts = Counts.Plus(judgement, consented, -1);
        change(judgement);
        Counts = Counts.Plus(judgement, consented, +1);
    }

    public void SetConsent(string userId, bool granted)
    {
        if (_consents.TryGetValue(userId, out var consent)) consent.Granted = granted;
        else context.Consents.Add(_consents[userId] = new UserConsent { UserId = userId, Granted = granted });
        context.SaveChanges();
        Recount();
    }

    /// <summary>After a change of many rows at once.</summary>
    public void Recount() => Counts = CountAll(context) with { LastSequence = Counts.LastSequence };

    /// <summary>The counts from the rows themselves.</summary>
    public static FeedbackCounts CountAll(FeedbackContext context)
    {
        var current = context.Judgements.Where(j => j.SupersededBy == null && j.WithdrawnBy == null);
        var pairs = current.Where(j => j.Kind == FeedbackKind.Pair && j.Verdict != PairVerdict.Skip);
        return new()
        {
            ThumbsUp = current.Count(j => j.Thumb == Thumb.Up),
            ThumbsDown = current.Count(j => j.Thumb == Thumb.Down),
            Pairs = pairs.Count(),
            NewPairs = pairs.Count(j => !j.WasInBatch && context.Consents.Any(c => c.UserId == j.UserId && c.Granted)),
            Withdrawn = context.Judgements.Count(j => j.WithdrawnBy != null),
            LastSequence = context.Events.Max(e => (long?)e.Sequence) ?? 0,
        };
    }
}
