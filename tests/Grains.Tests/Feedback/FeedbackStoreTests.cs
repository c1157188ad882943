using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace ChatLoop.Grains.Tests.Feedback;

/// <summary>The ledger's file under many writers, and what a restart reads from it.</summary>
public sealed class FeedbackStoreTests : IDisposable
{
    private static readonly RatedContext Context = new([new(TurnRole.User, "Hello!")], [new RatedAnswer { TurnId = "t", Text = "Hi." }]);
    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-ledger-").FullName;
    private FeedbackStore _store;

    public FeedbackStoreTests() => _store = Open();

    [Fact]
    public async Task Thousand_concurrent_events_are_all_there_once_and_numbered_without_gaps()
    {
        await _store.SetConsent("ada", granted: true);
        var statuses = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => _store.Record("ada", Thumb($"f{i}", $"t{i}", up: i % 2 == 0), Context)));

        Assert.Equal(Enumerable.Range(2, 1000).Select(i => (long)i), statuses.Select(s => s.Sequence).Order());
        Reopen();
        Assert.Equal(1000, (await _store.List("ada")).Count);
        Assert.Equal((500, 500, 1001L), (_store.Counts.ThumbsUp, _store.Counts.ThumbsDown, _store.Counts.LastSequence));
    }

    [Fact]
    public async Task Kept_counts_equal_counted_rows_whatever_happens()
    {
        var random = new Random(20260101);
        for (var round = 0; round < 40; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 25).Select(i => RandomChange(random.Next(), round, i)));
            var kept = _store.Counts;
            Reopen();
            Assert.Equal(_store.Counts, kept);
        }
    }

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
        using var opened = new FeedbackStore(file, new LearningSignal(), TimeProvider.System);
        Assert.Equal((1, 3, 3, 2), (opened.Counts.ThumbsUp, opened.Counts.Pairs, opened.Counts.NewPairs, opened.Counts.DecidedPairs));
        Assert.Equal(5, (await opened.List("ada")).Count);
    }

    [Fact]
    public async Task One_refused_event_does_not_take_its_neighbours_down()
    {
        await _store.Record("ada", Thumb("taken", "t0", up: true), Context);
        var good = Enumerable.Range(1, 50).Select(i => _store.Record("ada", Thumb($"f{i}", $"t{i}", up: true), Context)).ToArray();
        await Reading.Refuses(ErrorCode.Conflict, () => _store.Record("eve", Thumb("taken", "t0", up: true), Context));
        await Task.WhenAll(good);
        Assert.Equal(51, _store.Counts.ThumbsUp);
    }

    [Fact]
    public async Task Batch_marks_its_judgements_and_ending_it_twice_changes_nothing()
    {
        await _store.SetConsent("ada", granted: true);
        await _store.Record("ada", Pair("p1", "c1"), Context);
        await _store.Record("ada", Pair("p2", "c2"), Context);
        await _store.Record("ada", Pair("p3", "c3"), Context);
        await _store.TakeUpBatch("run-1", ["p1", "p2"]);
        await _store.TakeUpBatch("run-1", ["p1", "p2"]);
        Assert.Equal([FeedbackState.Recorded, FeedbackState.InTraining, FeedbackState.InTraining], await States());
        Assert.Equal((3, 1), (_store.Counts.Pairs, _store.Counts.NewPairs));

        await _store.ReleaseBatch("run-1");
        Assert.Equal([FeedbackState.Recorded, FeedbackState.Recorded, FeedbackState.Recorded], await States());
        Assert.Equal(1, _store.Counts.NewPairs);
        // Late repetitions of a run that has ended.
        await _store.TakeUpBatch("run-1", ["p1", "p2"]);
        await _store.MarkLearned("run-1", 2);
        Assert.Equal([FeedbackState.Recorded, FeedbackState.Recorded, FeedbackState.Recorded], await States());

        await _store.TakeUpBatch("run-2", ["p1", "p2", "p3"]);
        await _store.MarkLearned("run-2", 3);
        await _store.TakeUpBatch("run-3", ["p1", "p2", "p3"]);
        Reopen();
        await _store.MarkLearned("run-3", 4);
        Assert.Equal([3, 3, 3], (await _store.List("ada")).Select(f => f.LearnedInVersion));
        Assert.Equal([FeedbackState.Learned, FeedbackState.Learned, FeedbackState.Learned], await States());

        async Task<FeedbackState[]> States() => [.. (await _store.List("ada")).Select(f => f.State)];
    }

    [Fact]
    public async Task Batch_takes_the_newest_in_order_of_their_numbers()
    {
        await _store.SetConsent("ada", granted: true);
        for (var i = 0; i < 10; i++) await _store.Record("ada", Pair($"p{i}", $"c{i}"), Context);
        Assert.Equal(["p7", "p8", "p9"], (await _store.ReadUsable(3)).Select(j => j.FeedbackId));
    }

    [Fact]
    public async Task Migration_that_a_kill_cut_short_does_not_lock_the_next_start_out()
    {
        await _store.Record("ada", Thumb("f1", "t1", up: true), Context);
        _store.Dispose();
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder, "feedback.db")}"))
        {
            await connection.OpenAsync(Reading.Guard);
            await using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE IF NOT EXISTS __EFMigrationsLock (Id INTEGER PRIMARY KEY, Timestamp TEXT NOT NULL); INSERT INTO __EFMigrationsLock VALUES (1, '2026');";
            await command.ExecuteNonQueryAsync(Reading.Guard);
        }
        _store = Open();
        Assert.Equal(1, _store.Counts.ThumbsUp);
    }

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task RandomChange(int seed, int round, int i)
    {
        var random = new Random(seed);
        var user = $"user{random.Next(3)}";
        var target = $"target{random.Next(20)}";
        try
        {
            await (random.Next(11) switch
            {
                0 => _store.SetConsent(user, random.Next(2) == 0),
                1 => _store.Withdraw(user, $"f{random.Next(round + 1)}-{random.Next(25)}"),
                2 => _store.TakeUpBatch($"run{round}-{i}", [$"f{random.Next(round + 1)}-{random.Next(25)}"]),
                3 => _store.MarkLearned($"run{random.Next(round + 1)}-{random.Next(25)}", round),
                4 => _store.ReleaseBatch($"run{random.Next(round + 1)}-{random.Next(25)}"),
                5 => _store.Record(user, Thumb($"f{round}-{i}", target, random.Next(2) == 0), Context),
                6 => _store.Record(user, Pair($"f{round}-{i}", target) with { Verdict = PairVerdict.Skip }, Context),
                7 => _store.Record(user, Pair($"f{round}-{i}", target) with { Verdict = PairVerdict.Tie }, Context),
                8 => _store.Record(user, Pair($"f{round}-{i}", target) with { Kind = FeedbackKind.Ranking, Verdict = null, Ranks = new([2, 1, 2]) }, Context),
                9 => _store.Record(user, Thumb($"f{round}-{i}", target, up: true) with { Kind = (FeedbackKind)random.Next(3, 5), Thumb = null }, Context),
                _ => _store.Record(user, Pair($"f{round}-{i}", target), Context),
            });
        }
        catch (ChatLoopException e) when (e.Code == ErrorCode.NotFound)
        {
            // Withdrew what another user gave.
        }
    }

    private FeedbackStore Open() => new(Path.Combine(_folder, "feedback.db"), new LearningSignal(), TimeProvider.System);

    private void Reopen()
    {
        _store.Dispose();
        _store = Open();
    }

    private static FeedbackSubmission Thumb(string id, string turn, bool up) => new()
    {
        FeedbackId = id,
        Kind = FeedbackKind.Thumb,
        ConversationId = "c",
        TurnId = turn,
        Thumb = up ? Contracts.Feedback.Thumb.Up : Contracts.Feedback.Thumb.Down,
    };

    private static FeedbackSubmission Pair(string id, string comparison) => new()
    {
        FeedbackId = id,
        Kind = FeedbackKind.Pair,
        ConversationId = "c",
        ComparisonId = comparison,
        Verdict = PairVerdict.Left,
    };
}
