using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace ChatLoop.Grains.Tests.Feedback;

public sealed class FeedbackStoreOnSqliteTests : FeedbackStoreTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-ledger-").FullName;

    private string File => Path.Combine(_folder, "feedback.db");

    /// <summary>A ledger of the first release, which knew thumbs and pairs only.</summary>
    [Fact]
    public async Task What_was_judged_before_the_other_kinds_existed_still_counts()
    {
        var file = Path.Combine(_folder, "old.db");
        await using (var context = new FeedbackContext(new DbContextOptionsBuilder<FeedbackContext>().UseSqlite($"Data Source={file}").Options))
        {
            await context.GetService<IMigrator>().MigrateAsync("Initial", TestContext.Current.CancellationToken);
            await context.Database.ExecuteSqlRawAsync("INSERT INTO consents (UserId, Granted) VALUES ('ada', 1)", TestContext.Current.CancellationToken);
            foreach (var (id, verdict) in ((PairVerdict?[])[null, PairVerdict.Left, PairVerdict.Right, PairVerdict.Tie, PairVerdict.Skip]).Index())
                await context.Database.ExecuteSqlAsync(
                    $"INSERT INTO judgements (FeedbackId, Sequence, UserId, Kind, ConversationId, TargetId, Thumb, Verdict, CreatedAt, WasInBatch) VALUES ({$"f{id}"}, {id + 1}, 'ada', {(verdict is null ? 0 : 1)}, 'c', {$"t{id}"}, {(verdict is null ? 0 : null)}, {(int?)verdict}, '2026-01-01 00:00:00+00:00', 0)",
                    TestContext.Current.CancellationToken);
        }
        using var opened = new FeedbackStore(new SqliteLedger(file), new LearningSignal(), TimeProvider.System);
        Assert.Equal((1, 3, 3, 2), (opened.Counts.ThumbsUp, opened.Counts.Pairs, opened.Counts.NewPairs, opened.Counts.DecidedPairs));
        Assert.Equal(5, (await opened.List("ada")).Count);
    }

    [Fact]
    public async Task What_was_withdrawn_before_withdrawals_erased_is_erased_when_the_tables_are_migrated()
    {
        var file = Path.Combine(_folder, "kept.db");
        await using (var context = new FeedbackContext(new DbContextOptionsBuilder<FeedbackContext>().UseSqlite($"Data Source={file}").Options))
        {
            await context.GetService<IMigrator>().MigrateAsync("DecidedComparisons", TestContext.Current.CancellationToken);
            await context.Database.ExecuteSqlRawAsync(
                """
                INSERT INTO events (Sequence, Kind, UserId, FeedbackId, Comment, Payload, CreatedAt) VALUES
                    (1, 0, 'ada', 'f1', 'secret', '"secret"', '2026-01-01 00:00:00+00:00'), (2, 0, 'ada', 'f2', 'kept', '"kept"', '2026-01-01 00:00:00+00:00'),
                    (3, 2, 'ada', 'f1', NULL, NULL, '2026-01-01 00:00:00+00:00');
                INSERT INTO judgements (FeedbackId, Sequence, UserId, Kind, ConversationId, TargetId, Thumb, Comment, CreatedAt, WithdrawnBy, WasInBatch, Pairs, DecidedPairs) VALUES
                    ('f1', 1, 'ada', 0, 'c', 't1', 0, 'secret', '2026-01-01 00:00:00+00:00', 3, 0, 0, 0), ('f2', 2, 'ada', 0, 'c', 't2', 0, 'kept', '2026-01-01 00:00:00+00:00', NULL, 0, 0, 0);
                """, TestContext.Current.CancellationToken);
        }
        using (var opened = new FeedbackStore(new SqliteLedger(file), new LearningSignal(), TimeProvider.System))
            Assert.Equal(["kept", null], (await opened.List("ada")).Select(f => f.Submission.Comment));
        await using var migrated = new FeedbackContext(new DbContextOptionsBuilder<FeedbackContext>().UseSqlite($"Data Source={file}").Options);
        var events = await migrated.Events.OrderBy(e => e.Sequence).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal([(null, null), ("kept", "\"kept\""), (null, null)], events.Select(e => (e.Comment, e.Payload)));
    }

    [Fact]
    public async Task Migration_that_a_kill_cut_short_does_not_lock_the_next_start_out()
    {
        using (var store = new FeedbackStore(new SqliteLedger(File), new LearningSignal(), TimeProvider.System))
            await store.Record("ada", Submission.Thumb("f1", "t1", up: true), Submission.Context);
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={File}"))
        {
            await connection.OpenAsync(Reading.Guard);
            await using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE IF NOT EXISTS __EFMigrationsLock (Id INTEGER PRIMARY KEY, Timestamp TEXT NOT NULL); INSERT INTO __EFMigrationsLock VALUES (1, '2026');";
            await command.ExecuteNonQueryAsync(Reading.Guard);
        }
        using var opened = new SqliteLedger(File);
        Assert.Equal(1, opened.Counts.ThumbsUp);
    }

    protected override Task<LedgerDatabase> Open() => Task.FromResult<LedgerDatabase>(new SqliteLedger(File));

    protected override Task DeleteAll()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }
}
