using ChatLoop.Contracts.Feedback;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.Grains.Feedback;

/// <summary>
/// Where a ledger is kept. Writes come from one thread (<see cref="FeedbackStore"/>), which may wait; reads come from grains, which
/// may not.
/// </summary>
public abstract class LedgerDatabase : IDisposable
{
    /// <summary>The counts as this process knows them; other processes may have written since (<see cref="ReadCounts"/>).</summary>
    public abstract FeedbackCounts Counts { get; }

    /// <summary>The counts of all that is durable now.</summary>
    public abstract Task<FeedbackCounts> ReadCounts();

    /// <summary>Runs a query, never on the caller's thread where it would wait there.</summary>
    public abstract Task<TResult> Read<TResult>(Func<FeedbackContext, Task<TResult>> query);

    /// <summary>
    /// Does the work in one transaction. It is durable when this returns, and nothing of it is when this throws; the work may be done
    /// again after a failure that passes.
    /// </summary>
    /// <exception cref="Contracts.Errors.ChatLoopException">Busy: the database does not answer.</exception>
    internal abstract void Transact(DateTimeOffset now, Action<LedgerTransaction> work);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);

    internal static DbContextOptionsBuilder<TContext> WithoutTracking<TContext>() where TContext : FeedbackContext =>
        new DbContextOptionsBuilder<TContext>().UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking);
}
