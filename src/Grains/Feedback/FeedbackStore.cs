using System.Text.Json;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Storage;
using ChatLoop.Model.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.Grains.Feedback;

/// <summary>A judgement that a batch may use, with what it was about.</summary>
public sealed record UsableJudgement(string FeedbackId, long Sequence, string UserId, FeedbackSubmission Submission, RatedContext Context);

/// <summary>A user's own judgement, with what it was about; null once it was withdrawn.</summary>
public sealed record JudgedContext(FeedbackStatus Status, RatedContext? Context);

/// <summary>
/// The feedback ledger. One thread of this process writes: events that arrive together share a transaction, and each caller is answered
/// after the commit that holds its event. Other processes may write to the same <see cref="LedgerDatabase"/>, if it is one that allows it.
/// </summary>
public sealed partial class FeedbackStore : IDisposable
{
    private const int LargestBatch = 512;

    private readonly LedgerDatabase _database;
    private readonly LearningSignal _learning;
    private readonly TimeProvider _clock;
    private readonly GroupCommitWriter<CommitRequest> _writer;

    /// <param name="database">Is disposed of with the store.</param>
    public FeedbackStore(LedgerDatabase database, LearningSignal learning, TimeProvider clock)
    {
        (_database, _learning, _clock) = (database, learning, clock);
        _writer = new("feedback writer", LargestBatch, Commit);
    }

    /// <summary>Of what is durable, as this process knows it; other processes may have written since (<see cref="ReadCounts"/>).</summary>
    public FeedbackCounts Counts => _database.Counts;

    /// <summary>Of all that is durable now.</summary>
    public Task<FeedbackCounts> ReadCounts() => _database.ReadCounts();

    /// <summary>Records a judgement, or answers a repeated one.</summary>
    public Task<FeedbackStatus> Record(string userId, FeedbackSubmission submission, RatedContext context) =>
        Write(new RecordRequest(userId, submission, JsonSerializer.Serialize(new JudgementPayload(submission, context), LedgerJson.Options)));

    /// <inheritdoc cref="IFeedbackLedgerGrain.Withdraw"/>
    public async Task<FeedbackStatus> Withdraw(string userId, string feedbackId) =>
        (await Write(new WithdrawRequest(userId, j => j.FeedbackId == feedbackId, "You have given no feedback with this id."))).Single();

    /// <inheritdoc cref="IFeedbackLedgerGrain.WithdrawConversation"/>
    public Task<IReadOnlyList<FeedbackStatus>> WithdrawConversation(string userId, string conversationId) =>
        Write(new WithdrawRequest(userId, j => j.ConversationId == conversationId, refusal: null));

    /// <inheritdoc cref="IFeedbackLedgerGrain.WithdrawAll"/>
    public Task<IReadOnlyList<FeedbackStatus>> WithdrawAll(string userId) => Write(new WithdrawRequest(userId, _ => true, refusal: null));

    public Task SetConsent(string userId, bool granted) => Write(new ConsentRequest(userId, granted));

    /// <summary>Marks the judgements of a run's batch as in training.</summary>
    public Task TakeUpBatch(string runId, IReadOnlyCollection<string> feedbackIds) => Write(new TakeUpBatchRequest(runId, feedbackIds));

    /// <summary>The run's version went live: its judgements are learned.</summary>
    public Task MarkLearned(string runId, int version) => Write(new EndBatchRequest(runId, version));

    /// <summary>The run ended without a live version: its judgements wait for the next one.</summary>
    public Task ReleaseBatch(string runId) => Write(new EndBatchRequest(runId, learnedInVersion: null));

    /// <summary>The user's judgement that this one repeats; null if there is none.</summary>
    public Task<FeedbackStatus?> FindRepeated(string userId, FeedbackSubmission submission) => _database.Read(async context =>
        await context.Judgements.FirstOrDefaultAsync(j => j.FeedbackId == submission.FeedbackId && j.UserId == userId) is { } judgement && judgement.IsOf(submission)
            ? judgement.ToStatus(await HasConsented(context, userId))
            : null);

    /// <summary>The same with what was judged.</summary>
    public Task<JudgedContext?> FindJudged(string userId, string feedbackId) => _database.Read(async context =>
    {
        var found =
            from judgement in context.Judgements
            where judgement.FeedbackId == feedbackId && judgement.UserId == userId
            join entry in context.Events on judgement.Sequence equals entry.Sequence
            select new { Judgement = judgement, entry.Payload };
        return await found.FirstOrDefaultAsync() is { } row
            ? new JudgedContext(row.Judgement.ToStatus(await HasConsented(context, userId)),
                row.Payload is null ? null : JsonSerializer.Deserialize<JudgementPayload>(row.Payload, LedgerJson.Options)!.Context)
            : null;
    });

    /// <summary>The user's judgements, newest first.</summary>
    public Task<IReadOnlyList<FeedbackStatus>> List(string userId) => _database.Read(async Task<IReadOnlyList<FeedbackStatus>> (context) =>
    {
        var consented = await HasConsented(context, userId);
        var judgements = await context.Judgements.Where(j => j.UserId == userId).OrderByDescending(j => j.Sequence).ToListAsync();
        return judgements.ConvertAll(j => j.ToStatus(consented));
    });

    /// <summary>
    /// Judgements that are current, say something and may be used; oldest first. Where there are more, those that no batch has held go
    /// before those that one has, and then the newest: each has its turn, however many come at once.
    /// </summary>
    /// <param name="atMost">How many.</param>
    /// <param name="leftRuns">Runs whose batches count as if they had never been.</param>
    public Task<IReadOnlyList<UsableJudgement>> ReadUsable(int atMost, IReadOnlySet<string>? leftRuns = null) => _database.Read(async Task<IReadOnlyList<UsableJudgement>> (context) =>
    {
        var rows = await Usable(context, [.. leftRuns ?? (IEnumerable<string>)[]]).Take(atMost).ToListAsync();
        rows.Sort((a, b) => a.Sequence.CompareTo(b.Sequence));
        return rows.ConvertAll(row => row.ToJudgement());
    });

    /// <summary>
    /// Verdicts and rankings behind a sequence number that are current and that their users allow to be used, oldest first; those that were
    /// set aside (<see cref="ReadUncounted"/>) among them.
    /// </summary>
    public Task<IReadOnlyList<UsableJudgement>> ReadComparisons(long afterSequence, int atMost) =>
        _database.Read(async Task<IReadOnlyList<UsableJudgement>> (context) =>
        {
            var comparisons =
                from judgement in context.Judgements.Current().ConsentedIn(context)
                where judgement.Sequence > afterSequence && (judgement.Kind == FeedbackKind.Pair || judgement.Kind == FeedbackKind.Ranking)
                join entry in context.Events on judgement.Sequence equals entry.Sequence
                orderby judgement.Sequence
                select new UsableRow(judgement.FeedbackId, judgement.Sequence, judgement.UserId, entry.Payload);
            return (await comparisons.Take(atMost).ToListAsync()).ConvertAll(row => row.ToJudgement());
        });

    /// <summary>Pairs (see <see cref="FeedbackCounts.NewPairs"/>) of usable judgements that none of these runs' batches have held.</summary>
    public Task<int> CountPairsBeyond(IReadOnlySet<string> runs) => _database.Read(context =>
    {
        var known = runs.ToArray();
        return context.Judgements.Current().AllowedIn(context)
            .Where(j => !context.BatchMembers.Any(m => m.FeedbackId == j.FeedbackId && EF.Parameter(known).Contains(m.RunId)))
            .SumAsync(j => j.Pairs);
    });

    /// <summary>When the judgements were recorded that this version was the first to use.</summary>
    public Task<IReadOnlyList<DateTimeOffset>> TimesUsedBy(int version) => _database.Read(async Task<IReadOnlyList<DateTimeOffset>> (context) =>
        await context.Judgements.Where(j => j.LearnedInVersion == version).Select(j => j.CreatedAt).ToListAsync());

    /// <summary>Which runs' batches have held which of the user's judgements.</summary>
    public Task<IReadOnlyList<(string FeedbackId, string RunId)>> ReadRunsOf(string userId) => _database.Read(async Task<IReadOnlyList<(string, string)>> (context) =>
    {
        var held =
            from judgement in context.Judgements
            where judgement.UserId == userId && judgement.WasInBatch
            join member in context.BatchMembers on judgement.FeedbackId equals member.FeedbackId
            select new { member.FeedbackId, member.RunId };
        return (await held.ToListAsync()).ConvertAll(m => (m.FeedbackId, m.RunId));
    });

    /// <summary>Withdrawn judgements that batches have held: what versions learned and may not have learned any more.</summary>
    public Task<IReadOnlyList<WithdrawnUse>> ReadWithdrawnUses() => _database.Read(async Task<IReadOnlyList<WithdrawnUse>> (context) =>
        await (from judgement in context.Judgements
               where judgement.WithdrawnBy != null && judgement.WasInBatch
               join member in context.BatchMembers on judgement.FeedbackId equals member.FeedbackId
               join withdrawal in context.Events on judgement.WithdrawnBy equals withdrawal.Sequence
               select new WithdrawnUse(member.RunId, member.FeedbackId, withdrawal.CreatedAt, member.IsErased)).ToListAsync());

    /// <summary>Of these runs, those that have ended: their folders are not needed to go on.</summary>
    public Task<IReadOnlyList<string>> ReadEnded(string[] runIds) => _database.Read(async Task<IReadOnlyList<string>> (context) =>
        await context.EndedBatches.Where(b => EF.Parameter(runIds).Contains(b.RunId)).Select(b => b.RunId).ToListAsync());

    /// <summary>What only these runs' batches have held waits for a run again, as if they had never been.</summary>
    public Task Renew(IReadOnlySet<string> leftRuns) => Write(new RenewRequest([.. leftRuns]));

    /// <summary>What the run's folder said of these judgements is gone.</summary>
    public Task MarkErased(string runId, IReadOnlyCollection<string> feedbackIds) => Write(new MarkErasedRequest(runId, [.. feedbackIds]));

    /// <summary>How many judgements of a run's batch were withdrawn since it was frozen.</summary>
    public Task<int> CountWithdrawn(string runId) =>
        _database.Read(context => TakeUpBatchRequest.BatchOf(context, runId).CountAsync(j => j.WithdrawnBy != null));

    /// <summary>Counts all rows anew, which is slow: <see cref="ReadCounts"/> must give the same.</summary>
    public Task<FeedbackCounts> Recount() => _database.Read(context => Task.Run(() => CountedRows.Of(context)));

    public void Dispose()
    {
        _writer.Dispose();
        _database.Dispose();
    }

    private static IQueryable<UsableRow> Usable(FeedbackContext context, string[] leftRuns) =>
        from judgement in context.Judgements.Current().AllowedIn(context)
        join entry in context.Events on judgement.Sequence equals entry.Sequence
        orderby
            judgement.WasInBatch && (leftRuns.Length == 0
                || context.BatchMembers.Any(m => m.FeedbackId == judgement.FeedbackId && !EF.Parameter(leftRuns).Contains(m.RunId))),
            judgement.Sequence descending
        select new UsableRow(judgement.FeedbackId, judgement.Sequence, judgement.UserId, entry.Payload);

    /// <summary>Its span ends when the change is durable: the wait for the writer and the flush to disk.</summary>
    private async Task<TResult> Write<TResult>(CommitRequest<TResult> request)
    {
        using var activity = Tracing.Source.StartActivity("feedback commit")?.SetTag("chatloop.request", request.GetType().Name);
        try
        {
            _writer.Enqueue(request);
            return await request.Completion;
        }
        catch (Exception error)
        {
            activity.Failed(error);
            throw;
        }
    }

    /// <summary>Requests about many judgements change rows behind the others' backs, so each has a transaction to itself.</summary>
    private void Commit(IReadOnlyList<CommitRequest> batch)
    {
        List<ILedgerRequest> together = [];
        foreach (var request in batch.Cast<ILedgerRequest>())
        {
            if (request.Touches is null && together.Count > 0) CommitTogether(together);
            together.Add(request);
            if (request.Touches is null) CommitTogether(together);
        }
        if (together.Count > 0) CommitTogether(together);
        _learning.Raise();
    }

    private void CommitTogether(List<ILedgerRequest> requests)
    {
        var touched = requests.Select(r => r.Touches).OfType<(string? FeedbackId, string? TargetId, string UserId)>().ToArray();
        _database.Transact(Now(), ledger =>
        {
            ledger.Load(
                [.. touched.Select(t => t.FeedbackId).OfType<string>().Distinct()],
                [.. touched.Select(t => t.TargetId).OfType<string>().Distinct()],
                [.. touched.Select(t => t.UserId).Distinct()]);
            foreach (var request in requests) request.Apply(ledger);
        });
        requests.Clear();
    }

    /// <summary>In whole microseconds, as PostgreSQL keeps it: what is answered now is what is read later.</summary>
    private DateTimeOffset Now()
    {
        var now = _clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }

    private static Task<bool> HasConsented(FeedbackContext context, string userId) => context.Consents.AnyAsync(c => c.UserId == userId && c.Granted);

    private sealed record UsableRow(string FeedbackId, long Sequence, string UserId, string? Payload)
    {
        public UsableJudgement ToJudgement()
        {
            var payload = JsonSerializer.Deserialize<JudgementPayload>(Payload!, LedgerJson.Options)!;
            return new(FeedbackId, Sequence, UserId, payload.Submission, payload.Context);
        }
    }
}
