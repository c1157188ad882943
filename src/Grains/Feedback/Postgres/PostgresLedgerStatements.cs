using Npgsql;
using NpgsqlTypes;

namespace ChatLoop.Grains.Feedback.Postgres;

/// <summary>All rows of a transaction in three statements that travel together, each column as one array.</summary>
internal sealed class PostgresLedgerStatements(NpgsqlConnection connection) : ILedgerStatements
{
    private const string InsertEvents =
        """
        INSERT INTO ledger.events ("Sequence", "Kind", "UserId", "FeedbackId", "TargetId", "Comment", "Supersedes", "Payload", "CreatedAt")
        SELECT * FROM unnest(@0, @1, @2, @3, @4, @5, @6, @7, @8)
        """;

    private const string InsertJudgements =
        """
        INSERT INTO ledger.judgements ("FeedbackId", "Sequence", "UserId", "Kind", "ConversationId", "TargetId", "Thumb", "Verdict", "Comment",
            "CreatedAt", "SupersededBy", "WithdrawnBy", "Ranks", "Stars", "Text", "SuggestionTurnId", "Pairs", "DecidedPairs", "WasInBatch")
        SELECT *, false FROM unnest(@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13, @14, @15, @16, @17)
        """;

    private const string ChangeJudgements =
        """
        UPDATE ledger.judgements SET "SupersededBy" = changed.superseded, "WithdrawnBy" = changed.withdrawn
        FROM unnest(@0, @1, @2) AS changed (id, superseded, withdrawn) WHERE "FeedbackId" = changed.id
        """;

    public void Write(IReadOnlyCollection<LedgerEvent> events, IReadOnlyCollection<Judgement> added, IReadOnlyCollection<Judgement> changed)
    {
        using var batch = new NpgsqlBatch(connection);
        if (events.Count > 0) batch.BatchCommands.Add(new Rows<LedgerEvent>(InsertEvents, events)
            .Numbers(e => e.Sequence).Integers(e => (int)e.Kind).Texts(e => e.UserId).Texts(e => e.FeedbackId).Texts(e => e.TargetId)
            .Texts(e => e.Comment).Texts(e => e.Supersedes).Texts(e => e.Payload).Times(e => e.CreatedAt).Command);
        if (added.Count > 0) batch.BatchCommands.Add(new Rows<Judgement>(InsertJudgements, added)
            .Texts(j => j.FeedbackId).Numbers(j => j.Sequence).Texts(j => j.UserId).Integers(j => (int)j.Kind).Texts(j => j.ConversationId)
            .Texts(j => j.TargetId).Integers(j => (int?)j.Thumb).Integers(j => (int?)j.Verdict).Texts(j => j.Comment).Times(j => j.CreatedAt)
            .Numbers(j => j.SupersededBy).Numbers(j => j.WithdrawnBy).Texts(j => j.Ranks?.ToString()).Integers(j => j.Stars).Texts(j => j.Text)
            .Texts(j => j.SuggestionTurnId).Integers(j => j.Pairs).Integers(j => j.DecidedPairs).Command);
        if (changed.Count > 0) batch.BatchCommands.Add(new Rows<Judgement>(ChangeJudgements, changed)
            .Texts(j => j.FeedbackId).Numbers(j => j.SupersededBy).Numbers(j => j.WithdrawnBy).Command);
        batch.ExecuteNonQuery();
    }

    /// <summary>A statement with one array for each column, in the order in which they are added.</summary>
    private sealed class Rows<T>(string sql, IReadOnlyCollection<T> rows)
    {
        public NpgsqlBatchCommand Command { get; } = new(sql);

        public Rows<T> Texts(Func<T, string?> column) => Add(NpgsqlDbType.Text, rows.Select(column).ToArray());
        public Rows<T> Integers(Func<T, int?> column) => Add(NpgsqlDbType.Integer, rows.Select(column).ToArray());
        public Rows<T> Numbers(Func<T, long?> column) => Add(NpgsqlDbType.Bigint, rows.Select(column).ToArray());
        public Rows<T> Times(Func<T, DateTimeOffset> column) => Add(NpgsqlDbType.TimestampTz, rows.Select(column).ToArray());

        private Rows<T> Add(NpgsqlDbType type, Array values)
        {
            Command.Parameters.Add(new(Command.Parameters.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), NpgsqlDbType.Array | type) { Value = values });
            return this;
        }
    }
}
