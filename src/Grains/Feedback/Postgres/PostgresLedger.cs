using System.Diagnostics;
using System.Text.Json;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Grains.Feedback.Postgres;

/// <summary>
/// The ledger in a PostgreSQL database that several silos write to. Each transaction locks the ledger's head first, so that silos take
/// turns, and finds there what the last one left. See ADR 0024.
/// </summary>
public sealed class PostgresLedger : LedgerDatabase
{
    /// <summary>How long a write is tried again before its callers are told that it failed, unless said otherwise.</summary>
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    private readonly NpgsqlDataSource _source;
    private readonly TimeSpan _patience;
    private readonly DbContextOptions<PostgresFeedbackContext> _forReading;
    private readonly Lock _lock = new();
    private (long Revision, FeedbackCounts Counts) _known = (0, new());
    private PostgresLedgerSession? _session;
    private bool _isDown;

    /// <param name="source">Of a database that <see cref="Migrate"/> has seen. It stays the caller's.</param>
    /// <param name="patience">How long a write is tried again while the database does not answer; 10 seconds by default.</param>
    public PostgresLedger(NpgsqlDataSource source, TimeSpan? patience = null)
    {
        (_source, _patience) = (source, patience ?? DefaultPatience);
        _forReading = PostgresLedgerSession.Options(source);
    }

    public override FeedbackCounts Counts
    {
        get { lock (_lock) return _known.Counts; }
    }

    /// <summary>Creates or migrates the tables. One process at a time.</summary>
    public static async Task Migrate(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var context = new PostgresFeedbackContext(PostgresLedgerSession.Options(source));
        // An account that may not make tables can start once they are there.
        if (!(await context.Database.GetPendingMigrationsAsync(cancellationToken)).Any()) return;
        context.Database.SetCommandTimeout(0);
        await context.Database.MigrateAsync(cancellationToken);
    }

    public override async Task<FeedbackCounts> ReadCounts()
    {
        var head = await Read(context => ((PostgresFeedbackContext)context).Heads.SingleAsync());
        Learn(head.Revision, JsonSerializer.Deserialize<FeedbackCounts>(head.Counts, LedgerJson.Options)!);
        return Counts;
    }

    public override async Task<TResult> Read<TResult>(Func<FeedbackContext, Task<TResult>> query)
    {
        try
        {
            await using var context = new PostgresFeedbackContext(_forReading);
            return await query(context);
        }
        catch (Exception error) when (PassingFailure.Is(error))
        {
            throw new ChatLoopException(ErrorCode.Busy, "The feedback database does not answer. Try again in a moment.");
        }
    }

    /// <summary>
    /// A failure that passes (another silo came first, the server restarts) is waited out. Doing the work again is safe even where the
    /// commit had succeeded and only its answer was lost: every request is recognised as a repeated one.
    /// </summary>
    internal override void Transact(DateTimeOffset now, Action<LedgerTransaction> work)
    {
        var began = Stopwatch.GetTimestamp();
        for (var pause = FirstPause; ; pause *= 2)
        {
            try
            {
                _session ??= new(_source);
                var (revision, counts) = _session.Transact(now, work);
                _isDown = false;
                Learn(revision, counts);
                return;
            }
            catch (Exception error)
            {
                _session?.Dispose();
                _session = null;
                if (!PassingFailure.Is(error)) throw;
                // Once callers were told that the database is down, the next ones need not wait to hear the same.
                if (_isDown || Stopwatch.GetElapsedTime(began) + pause > _patience) throw Unavailable();
            }
            Thread.Sleep(pause);
        }
    }

    protected override void Dispose(bool disposing) => _session?.Dispose();

    private ChatLoopException Unavailable()
    {
        _isDown = true;
        return new(ErrorCode.Busy, "The feedback database does not answer, so that your feedback may not be kept. Send it again in a moment.");
    }

    /// <summary>Reads and writes overtake one another: what is older than what is known already says nothing.</summary>
    private void Learn(long revision, FeedbackCounts counts)
    {
        lock (_lock)
        {
            if (revision > _known.Revision) _known = (revision, counts);
        }
    }
}
