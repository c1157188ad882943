using System.Text.Json;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace ChatLoop.Grains.Feedback;

/// <summary>A judgement that a batch may use, with what it was about.</summary>
public sealed record UsableJudgement(string FeedbackId, long Sequence, string UserId, FeedbackSubmission Submission, RatedContext Context);

/// <summary>A user's own judgement, with what it was about.</summary>
public sealed record JudgedContext(FeedbackStatus Status, RatedContext Context);

/// <summary>
/// The feedback ledger on disk. One thread writes: events that arrive together share a transaction, and each caller is answered
/// after the commit that holds its event. Reads run beside it (SQLite's WAL).
/// </summary>
public sealed class FeedbackStore : IDisposable
{
    private const int LargestBatch = 512;

    private readonly LearningSignal _learning;
    private readonly TimeProvider _clock;
    private readonly SqliteConnection _writing;
    private readonly FeedbackContext _forWriting;
    private readonly LedgerStatements _statements;
    private readonly DbContextOptions<FeedbackContext> _forReading;
    private readonly GroupCommitWriter<CommitRequest> _writer;
    private volatile FeedbackCounts _counts;

    /// <summary>Opens the ledger, and creates or migrates its tables.</summary>
    public FeedbackStore(string file, LearningSignal learning, TimeProvider clock)
    {
        (_learning, _clock) = (learning, clock);
        var connectionString = new SqliteConnectionStringBuilder { DataSource = file }.ToString();
        _writing = new SqliteConnection(connectionString);
        _writing.Open();
        _forReading = WithoutTracking().UseSqlite(connectionString).Options;
        _forWriting = new FeedbackContext(WithoutTracking().UseSqlite(_writing).Options);
        // The data folder belongs to one process: a migration lock in it was left by a process that was killed.
        _forWriting.Database.ExecuteSqlRaw("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; DROP TABLE IF EXISTS __EFMigrationsLock;");
        _forWriting.Database.Migrate();
        _statements = new(_forWriting);
        _counts = LedgerTransaction.CountAll(_forWriting);
        _writer = new("feedback writer", LargestBatch, Commit);
    }

    /// <summary>Of what is durable.</summary>
    public FeedbackCounts Counts => _counts;

    /// <summary>Records a judgement, or answers a repeated one.</summary>
    public Task<FeedbackStatus> Record(string userId, FeedbackSubmission submission, RatedContext context) =>
        Write(new RecordRequest(userId, submission, JsonSerializer.Serialize(new JudgementPayload(submission, context), LedgerJson.Options)));

    public Task<FeedbackStatus> Withdraw(string userId, string feedbackId) => Write(new WithdrawRequest(userId, feedbackId));

    public Task SetConsent(string userId, bool granted) => Write(new ConsentRequest(userId, granted));

    /// <summary>Marks the judgements of a run's batch as in training.</summary>
    public Task TakeUpBatch(string runId, IReadOnlyCollection<string> feedbackIds) => Write(new TakeUpBatchRequest(runId, feedbackIds));

    /// <summary>The run's version went live: its judgements are learned.</summary>
    public Task MarkLearned(string runId, int version) => Write(new EndBatchRequest(runId, version));

    /// <summary>The run ended without a live version: its judgements wait for the next one.</summary>
    public Task ReleaseBatch(string runId) => Write(new EndBatchRequest(runId, learnedInVersion: null));

    /// <summary>The user's judgement with this id; null if there is none.</summary>
    public Task<FeedbackStatus?> Find(string userId, string feedbackId) => Read(context =>
        context.Judgements.FirstOrDefault(j => j.FeedbackId == feedbackId && j.UserId == userId) is { } judgement
            ? judgement.ToStatus(HasConsented(context, userId))
            : null);

    /// <summary>The same with what was judged.</summary>
    public Task<JudgedContext?> FindJudged(string userId, string feedbackId) => Read(context =>
    {
        var found =
            from judgement in context.Judgements
            where judgement.FeedbackId == feedbackId && judgement.UserId == userId
            join entry in context.Events on judgement.Sequence equals entry.Sequence
            select new { Judgement = judgement, entry.Payload };
        return found.FirstOrDefault() is { } row
            ? new JudgedContext(row.Judgement.ToStatus(HasConsented(context, userId)), JsonSerializer.Deserialize<JudgementPayload>(row.Payload!, LedgerJson.Options)!.Context)
            : null;
    });

    /// <summary>The user's judgements, newest first.</summary>
    public Task<IReadOnlyList<FeedbackStatus>> List(string userId) => Read(IReadOnlyList<FeedbackStatus> (context) =>
    {
        var consented = HasConsented(context, userId);
        return context.Judgements.Where(j => j.UserId == userId).OrderByDescending(j => j.Sequence).AsEnumerable()
            .Select(j => j.ToStatus(consented)).ToArray();
    });

    /// <summary>The newest judgements that are current, say something and may be used; oldest first.</summary>
    public Task<IReadOnlyList<UsableJudgement>> ReadUsable(int atMost) => Read(IReadOnlyList<UsableJudgement> (context) =>
    {
        var usable =
            from judgement in context.Judgements
            where judgement.SupersededBy == null && judgement.WithdrawnBy == null
            where judgement.Verdict == null || judgement.Verdict != PairVerdict.Skip
            join consent in context.Consents on judgement.UserId equals consent.UserId
            where consent.Granted
            join entry in context.Events on judgement.Sequence equals entry.Sequence
            orderby judgement.Sequence descending
            select new { judgement.FeedbackId, judgement.Sequence, judgement.UserId, entry.Payload };
        return usable.Take(atMost).AsEnumerable().Reverse().Select(row =>
        {
            var payload = JsonSerializer.Deserialize<JudgementPayload>(row.Payload!, LedgerJson.Options)!;
            return new UsableJudgement(row.FeedbackId, row.Sequence, row.UserId, payload.Submission, payload.Context);
        }).ToArray();
    });

    /// <summary>When the judgements were recorded that this version was the first to use.</summary>
    public Task<IReadOnlyList<DateTimeOffset>> TimesUsedBy(int version) => Read(IReadOnlyList<DateTimeOffset> (context) =>
        context.Judgements.Where(j => j.LearnedInVersion == version).Select(j => j.CreatedAt).ToArray());

    /// <summary>How many judgements of a run's batch were withdrawn since it was frozen.</summary>
    public Task<int> CountWithdrawn(string runId) =>
        Read(context => TakeUpBatchRequest.BatchOf(context, runId).Count(j => j.WithdrawnBy != null));

    public void Dispose()
    {
        _writer.Dispose();
        _statements.Dispose();
        _forWriting.Dispose();
        _writing.Dispose();
    }

    private Task<TResult> Write<TResult>(CommitRequest<TResult> request)
    {
        _writer.Enqueue(request);
        return request.Completion;
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
        // What a failed transaction left behind must not reach the next one.
        _forWriting.ChangeTracker.Clear();
        using var transaction = _forWriting.Database.BeginTransaction();
        var ledger = new LedgerTransaction(_forWriting, _statements, transaction.GetDbTransaction(), _counts, _clock.GetUtcNow());
        var touched = requests.Select(r => r.Touches).OfType<(string? FeedbackId, string? TargetId, string UserId)>().ToArray();
        ledger.Load(
            [.. touched.Select(t => t.FeedbackId).OfType<string>().Distinct()],
            [.. touched.Select(t => t.TargetId).OfType<string>().Distinct()],
            [.. touched.Select(t => t.UserId).Distinct()]);
        foreach (var request in requests) request.Apply(ledger);
        ledger.Write();
        transaction.Commit();
        _counts = ledger.Counts;
        requests.Clear();
    }

    private static bool HasConsented(FeedbackContext context, string userId) => context.Consents.Any(c => c.UserId == userId && c.Granted);

    /// <summary>SQLite has no asynchronous reads: they run on the pool, never on a grain's thread.</summary>
    private Task<TResult> Read<TResult>(Func<FeedbackContext, TResult> query) => Task.Run(() =>
    {
        using var context = new FeedbackContext(_forReading);
        return query(context);
    });

    private static DbContextOptionsBuilder<FeedbackContext> WithoutTracking() =>
        new DbContextOptionsBuilder<FeedbackContext>().UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking);
}
