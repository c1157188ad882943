using ChatLoop.Contracts.Feedback;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.Grains.Feedback;

/// <summary>
/// One transaction of the ledger's writer. What the requests of a batch need is read in a few queries before they are applied in
/// memory; what they changed is written at the end.
/// </summary>
internal sealed class LedgerTransaction(FeedbackContext context, ILedgerStatements statements, FeedbackCounts counts, DateTimeOffset now)
{
    private readonly Dictionary<string, Judgement> _judgements = new(StringComparer.Ordinal);
    private readonly Dictionary<(string UserId, FeedbackKind Kind, string ConversationId, string TargetId), Judgement> _current = [];
    private readonly HashSet<string> _consented = new(StringComparer.Ordinal);
    private readonly List<LedgerEvent> _newEvents = [];
    private readonly List<Judgement> _newJudgements = [];
    private readonly HashSet<Judgement> _changed = [];

    public FeedbackContext Context => context;

    public FeedbackCounts Counts { get; private set; } = counts;

    public DateTimeOffset Now => now;

    /// <summary>Reads the rows that requests about these judgements touch.</summary>
    public void Load(string[] feedbackIds, string[] targetIds, string[] userIds)
    {
        if (feedbackIds.Length > 0)
        {
            foreach (var judgement in context.Judgements.Where(j => EF.Parameter(feedbackIds).Contains(j.FeedbackId)))
                _judgements[judgement.FeedbackId] = judgement;
        }
        if (targetIds.Length > 0)
        {
            var current = context.Judgements
                .Where(j => EF.Parameter(targetIds).Contains(j.TargetId) && j.SupersededBy == null && j.WithdrawnBy == null);
            foreach (var judgement in current) _judgements.TryAdd(judgement.FeedbackId, judgement);
        }
        foreach (var judgement in _judgements.Values.Where(j => j.IsCurrent)) _current[KeyOf(judgement)] = judgement;
        _consented.UnionWith(context.Consents.Where(c => EF.Parameter(userIds).Contains(c.UserId) && c.Granted).Select(c => c.UserId));
    }

    public Judgement? Find(string feedbackId) => _judgements.GetValueOrDefault(feedbackId);

    public Judgement? CurrentOf(string userId, FeedbackSubmission submission) =>
        _current.GetValueOrDefault((userId, Place(submission.Kind), submission.ConversationId, Judgement.TargetOf(submission)));

    public bool HasConsented(string userId) => _consented.Contains(userId);

    public FeedbackStatus StatusOf(Judgement judgement) => judgement.ToStatus(HasConsented(judgement.UserId));

    /// <summary>The number of the next event.</summary>
    public long NextSequence()
    {
        Counts = Counts with { LastSequence = Counts.LastSequence + 1 };
        return Counts.LastSequence;
    }

    public void Append(LedgerEvent entry) => _newEvents.Add(entry);

    public void Add(Judgement judgement)
    {
        _newJudgements.Add(judgement);
        _judgements.Add(judgement.FeedbackId, judgement);
        _current[KeyOf(judgement)] = judgement;
        Counts = Counts.Plus(judgement, HasConsented(judgement.UserId), +1);
    }

    /// <summary>A judgement is superseded or withdrawn.</summary>
    public void Change(Judgement judgement, Action<Judgement> change)
    {
        var consented = HasConsented(judgement.UserId);
        Counts = Counts.Plus(judgement, consented, -1);
        change(judgement);
        Counts = Counts.Plus(judgement, consented, +1);
        if (_current.TryGetValue(KeyOf(judgement), out var current) && current == judgement) _current.Remove(KeyOf(judgement));
        _changed.Add(judgement);
    }

    /// <summary>
    /// Appends a withdrawal of each that has none and of what these had replaced, which would be current again otherwise, and erases what
    /// they say. Only where no other request of the transaction knows these judgements.
    /// </summary>
    public void Withdraw(IQueryable<Judgement> judgements)
    {
        Judgement[] withdrawn = [.. WithReplaced([.. judgements.Where(j => j.WithdrawnBy == null)]).OrderBy(j => j.Sequence)];
        if (withdrawn.Length == 0) return;
        foreach (var judgement in withdrawn)
        {
            var sequence = NextSequence();
            Append(LedgerEvent.WithdrawalOf(judgement, sequence, now));
            Change(judgement, j => j.WithdrawnBy = sequence);
        }
        Write();
        var ids = withdrawn.Select(j => j.FeedbackId).ToArray();
        context.Judgements.Where(j => EF.Parameter(ids).Contains(j.FeedbackId))
            .ExecuteUpdate(set => set.SetProperty(j => j.Comment, (string?)null).SetProperty(j => j.Text, (string?)null));
        context.Events.Where(e => e.Payload != null && EF.Parameter(ids).Contains(e.FeedbackId))
            .ExecuteUpdate(set => set.SetProperty(e => e.Payload, (string?)null).SetProperty(e => e.Comment, (string?)null));
    }

    /// <summary>
    /// Judgements are set aside, accepted or rejected. Only where no other request of the transaction knows these judgements.
    /// </summary>
    public void Review(IReadOnlyCollection<Judgement> judgements, ReviewState state, Func<Judgement, LedgerEvent> entry)
    {
        if (judgements.Count == 0) return;
        Load([], [], [.. judgements.Select(j => j.UserId).Distinct()]);
        foreach (var judgement in judgements)
        {
            Append(entry(judgement));
            Change(judgement, j => j.Review = state);
        }
        Write();
        var ids = judgements.Select(j => j.FeedbackId).ToArray();
        context.Judgements.Where(j => EF.Parameter(ids).Contains(j.FeedbackId)).ExecuteUpdate(set => set.SetProperty(j => j.Review, state));
    }

    /// <summary>What a batch has held of users who allow nothing now.</summary>
    public IQueryable<Judgement> UsedWithoutConsent() =>
        context.Judgements.Where(j => j.WasInBatch && j.WithdrawnBy == null && !context.Consents.Any(c => c.UserId == j.UserId && c.Granted));

    public void SetConsent(string userId, bool granted)
    {
        if (granted) _consented.Add(userId);
        else _consented.Remove(userId);
        Write();
        if (context.Consents.Where(c => c.UserId == userId).ExecuteUpdate(set => set.SetProperty(c => c.Granted, granted)) == 0)
            context.Consents.Add(new() { UserId = userId, Granted = granted });
        context.SaveChanges();
        context.ChangeTracker.Clear();
        var sign = granted ? 1 : -1;
        var usable = context.Judgements.Current().Counted().Where(j => j.UserId == userId);
        Counts = Counts with
        {
            NewPairs = Counts.NewPairs + sign * usable.Where(j => !j.WasInBatch).Sum(j => j.Pairs),
            DecidedPairs = Counts.DecidedPairs + sign * usable.Sum(j => j.DecidedPairs),
        };
    }

    /// <summary>These judgements are in a batch from now on: their pairs are new no longer.</summary>
    public void TakeUp(IQueryable<Judgement> batch, string runId)
    {
        var news = batch.Current().AllowedIn(context).Where(j => !j.WasInBatch);
        Counts = Counts with { NewPairs = Counts.NewPairs - news.Sum(j => j.Pairs) };
        batch.ExecuteUpdate(set => set.SetProperty(j => j.TrainingRun, runId).SetProperty(j => j.WasInBatch, true));
    }

    /// <summary>No batch counts for these any more: their pairs are new again.</summary>
    public void Renew(IQueryable<Judgement> judgements)
    {
        var news = judgements.Current().AllowedIn(context);
        Counts = Counts with { NewPairs = Counts.NewPairs + news.Sum(j => j.Pairs) };
        judgements.ExecuteUpdate(set => set.SetProperty(j => j.WasInBatch, false));
    }

    /// <summary>Sends all changes so far to the database; they become durable with the transaction.</summary>
    public void Write()
    {
        if (_newEvents.Count > 0) statements.Write(_newEvents, _newJudgements, [.. _changed.Except(_newJudgements)]);
        _newEvents.Clear();
        _newJudgements.Clear();
        _changed.Clear();
    }

    private List<Judgement> WithReplaced(List<Judgement> judgements)
    {
        for (var replacing = judgements; replacing.Count > 0;)
        {
            var (users, sequences) = (replacing.Select(j => j.UserId).Distinct().ToArray(), replacing.Select(j => (long?)j.Sequence).ToArray());
            replacing = [.. context.Judgements
                .Where(j => EF.Parameter(users).Contains(j.UserId) && EF.Parameter(sequences).Contains(j.SupersededBy) && j.WithdrawnBy == null)
                .AsEnumerable().ExceptBy(judgements.Select(j => j.FeedbackId), j => j.FeedbackId)];
            judgements.AddRange(replacing);
        }
        return judgements;
    }

    private static (string, FeedbackKind, string, string) KeyOf(Judgement judgement) =>
        (judgement.UserId, Place(judgement.Kind), judgement.ConversationId, judgement.TargetId);

    /// <summary>A comparison is judged by one verdict or one ranking: each takes the other's place.</summary>
    private static FeedbackKind Place(FeedbackKind kind) => kind == FeedbackKind.Ranking ? FeedbackKind.Pair : kind;
}
