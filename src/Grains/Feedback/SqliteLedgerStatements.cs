using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace ChatLoop.Grains.Feedback;

/// <summary>The three statements that are run for every event, prepared once.</summary>
internal sealed class SqliteLedgerStatements : ILedgerStatements, IDisposable
{
    private readonly FeedbackContext _context;
    private readonly DbCommand _insertEvent;
    private readonly DbCommand _insertJudgement;
    private readonly DbCommand _changeJudgement;

    /// <param name="context">Its tables must exist, and its connection stay open.</param>
    public SqliteLedgerStatements(FeedbackContext context)
    {
        _context = context;
        var connection = context.Database.GetDbConnection();
        _insertEvent = Prepare(connection,
            """
            INSERT INTO events (Sequence, Kind, UserId, FeedbackId, TargetId, Comment, Supersedes, Payload, CreatedAt)
            VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8)
            """, 9);
        _insertJudgement = Prepare(connection,
            """
            INSERT INTO judgements (FeedbackId, Sequence, UserId, Kind, ConversationId, TargetId, Thumb, Verdict, Comment, CreatedAt,
                SupersededBy, WithdrawnBy, Ranks, Stars, Text, SuggestionTurnId, Pairs, DecidedPairs, WasInBatch)
            VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13, @14, @15, @16, @17, 0)
            """, 18);
        _changeJudgement = Prepare(connection, "UPDATE judgements SET SupersededBy = @1, WithdrawnBy = @2 WHERE FeedbackId = @0", 3);
    }

    public void Write(IReadOnlyCollection<LedgerEvent> events, IReadOnlyCollection<Judgement> added, IReadOnlyCollection<Judgement> changed)
    {
        var transaction = _context.Database.CurrentTransaction!.GetDbTransaction();
        foreach (var entry in events) Insert(transaction, entry);
        foreach (var judgement in added) Insert(transaction, judgement);
        foreach (var judgement in changed) Change(transaction, judgement);
    }

    private void Insert(DbTransaction transaction, LedgerEvent e) => Run(_insertEvent, transaction,
        e.Sequence, (int)e.Kind, e.UserId, e.FeedbackId, e.TargetId, e.Comment, e.Supersedes, e.Payload, e.CreatedAt);

    private void Insert(DbTransaction transaction, Judgement j) => Run(_insertJudgement, transaction,
        j.FeedbackId, j.Sequence, j.UserId, (int)j.Kind, j.ConversationId, j.TargetId, (int?)j.Thumb, (int?)j.Verdict, j.Comment, j.CreatedAt,
        j.SupersededBy, j.WithdrawnBy, j.Ranks?.ToString(), j.Stars, j.Text, j.SuggestionTurnId, j.Pairs, j.DecidedPairs);

    private void Change(DbTransaction transaction, Judgement j) => Run(_changeJudgement, transaction, j.FeedbackId, j.SupersededBy, j.WithdrawnBy);

    public void Dispose()
    {
        _insertEvent.Dispose();
        _insertJudgement.Dispose();
        _changeJudgement.Dispose();
    }

    private static DbCommand Prepare(DbConnection connection, string sql, int parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < parameters; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"@{i}");
            parameter.Value = DBNull.Value;
            command.Parameters.Add(parameter);
        }
        command.Prepare();
        return command;
    }

    private static void Run(DbCommand command, DbTransaction transaction, params ReadOnlySpan<object?> values)
    {
        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        command.ExecuteNonQuery();
    }
}
