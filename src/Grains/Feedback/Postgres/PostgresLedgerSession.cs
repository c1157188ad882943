using System.Text.Json;
using ChatLoop.Contracts.Feedback;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace ChatLoop.Grains.Feedback.Postgres;

/// <summary>The writer's connection. After a failure it is thrown away, for nobody knows what state it is in.</summary>
internal sealed class PostgresLedgerSession : IDisposable
{
    /// <summary>
    /// A silo that hangs in its transaction loses it after a while, so that the others can go on; and waiting for one's turn ends
    /// before callers lose patience. Milliseconds.
    /// </summary>
    private const string Lock =
        """
        SET LOCAL idle_in_transaction_session_timeout = 5000;
        SET LOCAL lock_timeout = 8000;
        SELECT "Revision", "Counts" FROM ledger.head FOR UPDATE
        """;

    private readonly NpgsqlConnection _connection;
    private readonly PostgresFeedbackContext _context;
    private readonly PostgresLedgerStatements _statements;

    public PostgresLedgerSession(NpgsqlDataSource source)
    {
        _connection = source.OpenConnection();
        _context = new(LedgerDatabase.WithoutTracking<PostgresFeedbackContext>().UseNpgsql(_connection).Options);
        _statements = new(_connection);
    }

    /// <summary>For reads, each on a connection of its own.</summary>
    public static DbContextOptions<PostgresFeedbackContext> Options(NpgsqlDataSource source) =>
        LedgerDatabase.WithoutTracking<PostgresFeedbackContext>()
            .UseNpgsql(source, npgsql => npgsql.MigrationsHistoryTable("__EFMigrationsHistory", PostgresFeedbackContext.Schema)).Options;

    /// <summary>Does the work in one transaction.</summary>
    /// <returns>The head that it left.</returns>
    public (long Revision, FeedbackCounts Counts) Transact(DateTimeOffset now, Action<LedgerTransaction> work)
    {
        _context.ChangeTracker.Clear();
        using var transaction = _context.Database.BeginTransaction();
        var (revision, counts) = LockHead(transaction);
        var ledger = new LedgerTransaction(_context, _statements, counts, now);
        work(ledger);
        ledger.Write();
        var left = (revision + 1, ledger.Counts);
        WriteHead(transaction, left);
        transaction.Commit();
        return left;
    }

    public void Dispose()
    {
        _context.Dispose();
        _connection.Dispose();
    }

    private (long Revision, FeedbackCounts Counts) LockHead(IDbContextTransaction transaction)
    {
        using var command = new NpgsqlCommand(Lock, _connection, (NpgsqlTransaction)transaction.GetDbTransaction());
        using var reader = command.ExecuteReader();
        if (!reader.Read()) throw new InvalidOperationException("The table ledger.head is empty: the ledger's database was not migrated, or was changed by hand.");
        return (reader.GetInt64(0), JsonSerializer.Deserialize<FeedbackCounts>(reader.GetString(1), LedgerJson.Options)!);
    }

    private void WriteHead(IDbContextTransaction transaction, (long Revision, FeedbackCounts Counts) head)
    {
        using var command = new NpgsqlCommand(
            "UPDATE ledger.head SET \"Revision\" = @revision, \"Counts\" = @counts", _connection, (NpgsqlTransaction)transaction.GetDbTransaction());
        command.Parameters.AddWithValue("revision", head.Revision);
        command.Parameters.AddWithValue("counts", NpgsqlTypes.NpgsqlDbType.Jsonb, JsonSerializer.Serialize(head.Counts, LedgerJson.Options));
        command.ExecuteNonQuery();
    }
}
