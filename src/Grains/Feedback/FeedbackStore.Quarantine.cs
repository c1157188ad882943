using ChatLoop.Contracts.Feedback;
using ChatLoop.Trainer.Brigading;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.Grains.Feedback;

/// <summary>Verdicts that are set aside until a reviewer has decided (docs/adr/0033).</summary>
public sealed partial class FeedbackStore
{
    /// <summary>Verdicts and rankings ever recorded, whatever became of them: it only grows.</summary>
    public Task<long> CountVerdicts() => _database.Read(context =>
        context.Judgements.LongCountAsync(j => j.Kind == FeedbackKind.Pair || j.Kind == FeedbackKind.Ranking));

    /// <summary>
    /// The newest verdicts and rankings that are current and that their users allow to be used, oldest first; those that wait or were
    /// rejected among them, as they tell who else takes part, and without those that a reviewer accepted.
    /// </summary>
    public Task<IReadOnlyList<UsableJudgement>> ReadVerdicts(int atMost) => _database.Read(async Task<IReadOnlyList<UsableJudgement>> (context) =>
    {
        var newest =
            from judgement in context.Judgements.Current().ConsentedIn(context)
            where (judgement.Kind == FeedbackKind.Pair || judgement.Kind == FeedbackKind.Ranking)
                && (judgement.Review == null || judgement.Review != ReviewState.Accepted)
            join entry in context.Events on judgement.Sequence equals entry.Sequence
            orderby judgement.Sequence descending
            select new UsableRow(judgement.FeedbackId, judgement.Sequence, judgement.UserId, entry.Payload);
        var rows = await newest.Take(atMost).ToListAsync();
        rows.Reverse();
        return rows.ConvertAll(row => row.ToJudgement());
    });

    /// <summary>Of the comparisons behind a sequence number, those that count for nothing: they wait for review, or were rejected.</summary>
    public Task<IReadOnlySet<long>> ReadUncounted(long afterSequence) => _database.Read(async Task<IReadOnlySet<long>> (context) =>
        (await context.Judgements.Where(j => j.Sequence > afterSequence && j.Review != null && j.Review != ReviewState.Accepted)
            .Select(j => j.Sequence).ToListAsync()).ToHashSet());

    /// <summary>Sets the campaign's verdicts aside, those that are current and were not before. Repeating it changes nothing.</summary>
    public Task SetAside(Campaign campaign) => Write(new SetAsideRequest(
        new(campaign.Phrase, campaign.IsFor, campaign.People, campaign.Following, campaign.Deciding, campaign.Chance), [.. campaign.FeedbackIds]));

    /// <inheritdoc cref="IQuarantineGrain.Review"/>
    public Task Review(ReviewOrder order) => Write(new ReviewRequest(order));

    /// <summary>All that waits, and of what was decided the newest; by group, newest group first.</summary>
    public Task<IReadOnlyList<SetAsideGroup>> ReadSetAside(int decided) => _database.Read(async Task<IReadOnlyList<SetAsideGroup>> (context) =>
    {
        var set = context.Judgements.Where(j => j.WithdrawnBy == null);
        var shown = await set.Where(j => j.Review == ReviewState.Waiting)
            .Concat(set.Where(j => j.Review != null && j.Review != ReviewState.Waiting).OrderByDescending(j => j.Sequence).Take(decided)).ToListAsync();
        string[] ids = [.. shown.Select(j => j.FeedbackId)];
        var events = await context.Events.Where(e => EF.Parameter(ids).Contains(e.FeedbackId!) && e.Kind != LedgerEventKind.Withdrawal).ToListAsync();
        return SetAsideRows.Group(shown, events.ToLookup(e => e.FeedbackId!));
    });
}
