using ChatLoop.Contracts.Feedback;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.Grains.Feedback;

/// <summary>The ledger in one file that belongs to this process. Reads run beside the writer (SQLite's WAL).</summary>
public sealed class SqliteLedger : LedgerDatabase
{
    private readonly SqliteConnection _writing;
    private readonly FeedbackContext _forWriting;
    private readonly SqliteLedgerStatements _statements;
    private readonly DbContextOptions<FeedbackContext> _forReading;
    private volatile FeedbackCounts _counts;

    /// <summary>Opens the ledger, and creates or migrates its tables.</summary>
    public SqliteLedger(string file)
    {
        var connectionString = new SqliteConnectionStringBuilder { DataSource = file }.ToString();
        _writing = new SqliteConnection(connectionString);
        _writing.Open();
        _forReading = WithoutTracking<FeedbackContext>().UseSqlite(connectionString).Options;
        _forWriting = new FeedbackContext(WithoutTracking<FeedbackContext>().UseSqlite(_writing).Options);
        // What is erased is overwritten (secure_delete) and not left in pages that nothing points to.
        // The data folder belongs to one process: a migration lock in it was left by a process that was killed.
        _forWriting.Database.ExecuteSqlRaw("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; DROP TABLE IF EXISTS __EFMigrationsLock;");
        _forWriting.Database.Migrate();
        _statements = new(_forWriting);
        _counts = CountedRows.Of(_forWriting);
    }

    public override FeedbackCounts Counts => _counts;

    public override Task<FeedbackCounts> ReadCounts() => Task.FromResult(_counts);

    /// <summary>SQLite has no asynchronous reads: they run on the pool.</summary>
    public override Task<TResult> Read<TResult>(Func<FeedbackContext, Task<TResult>> query) => Task.Run(async () =>
    {
        await using var context = new FeedbackContext(_forReading);
        return await query(context);
    });

    internal override void Transact(DateTimeOffset now, Action<LedgerTransaction> work)
    {
        // What a failed transaction left behind must not reach the next one.
        _forWriting.ChangeTracker.Clear();
        using var transaction = _forWriting.Database.BeginTransaction();
        var ledger = new LedgerTransaction(_forWriting, _statements, _counts, now);
        work(ledger);
        ledger.Write();
        transaction.Commit();
        _counts = ledger.Counts;
    }

    protected override void Dispose(bool disposing)
    {
        _statements.Dispose();
        _forWriting.Dispose();
        _writing.Dispose();
    }
}
