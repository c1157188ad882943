using System.Data.Common;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Users;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Forgetting;

/// <summary>Taking feedback back: one judgement, a conversation's, or all, wherever the ledger is kept; and nothing that it said stays.</summary>
public abstract class WithdrawalTests : IAsyncLifetime
{
    private GrainCluster _cluster = null!;
    private string? _database;
    private Rater _ada = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Database();
        _cluster = await GrainCluster.Start(new CollectionOptions { PairsPerRun = 1000 }, database: _database);
        _ada = await new Rater(_cluster, "ada").Consent();
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Connection string of an empty PostgreSQL database; null to keep everything in files.</summary>
    protected abstract Task<string?> Database();

    private FeedbackStore Store => _cluster.Silo.GetRequiredService<FeedbackStore>();

    [Fact]
    public async Task Withdrawn_words_and_what_they_were_about_are_erased_and_the_event_stays()
    {
        var thumb = (await _ada.ThumbFor("A secret question")) with { Comment = "secret words" };
        await _ada.Ledger.Record("ada", thumb);
        var correction = thumb with { FeedbackId = NewId(), Kind = FeedbackKind.Correction, Thumb = null, Comment = null, Text = "A secret answer." };
        await _ada.Ledger.Record("ada", correction);
        var other = await _ada.Ledger.Record("ada", (await _ada.ThumbFor("Another question")) with { Comment = "Other words" });
        Assert.Equal(2, await CountEvents("Payload\" LIKE '%secret question%"));

        foreach (var given in (FeedbackSubmission[])[thumb, correction]) Assert.Equal(FeedbackState.Withdrawn, (await _ada.Ledger.Withdraw("ada", given.FeedbackId)).State);

        Assert.Equal(0, await CountEvents("Payload\" LIKE '%ecret%' OR \"Comment\" LIKE '%ecret%"));
        Assert.Equal(1, await CountEvents("Payload\" LIKE '%question%"));
        Assert.All(await _ada.Ledger.List("ada"), f => Assert.True(f.State != FeedbackState.Withdrawn || (f.Submission.Comment, f.Submission.Text) == (null, null)));
        Assert.Equal("Other words", (await _ada.StatusOf(other.Submission.FeedbackId)).Submission.Comment);
        // Retries of what is erased are still known.
        Assert.Equal(FeedbackState.Withdrawn, (await _ada.Ledger.Record("ada", thumb)).State);
        Assert.Equal(FeedbackState.Withdrawn, (await _ada.Ledger.Record("ada", correction)).State);
        await _cluster.Conversation(thumb.ConversationId).Delete("ada");
        Assert.Equal(FeedbackState.Withdrawn, (await _ada.Ledger.Record("ada", thumb)).State);
        await Refuses(ErrorCode.NotFound, () => _ada.Ledger.Record("ada", thumb with { Thumb = Thumb.Down }));
    }

    [Theory]
    [InlineData("\"Payload\" = NULL")]
    [InlineData("\"Comment\" = 'x'")]
    [InlineData("\"UserId\" = 'eve', \"Payload\" = NULL, \"Comment\" = NULL")]
    public async Task Nothing_but_the_erasure_of_what_was_withdrawn_changes_an_event(string change)
    {
        var kept = await _ada.Ledger.Record("ada", await _ada.ThumbFor("Hello!"));
        var withdrawn = await _ada.Ledger.Record("ada", await _ada.ThumbFor("Hello!"));
        await _ada.Ledger.Withdraw("ada", withdrawn.Submission.FeedbackId);
        var target = change.Contains("UserId", StringComparison.Ordinal) ? withdrawn : kept;

        var error = await Assert.ThrowsAnyAsync<DbException>(() => Execute($"UPDATE events SET {change} WHERE \"FeedbackId\" = '{target.Submission.FeedbackId}'"));

        Assert.Contains("append-only", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Withdrawing_a_judgement_does_not_bring_back_the_one_that_it_replaced()
    {
        var up = await _ada.ThumbFor("Hello!");
        await _ada.Ledger.Record("ada", up);
        await _ada.Ledger.Record("ada", up with { FeedbackId = NewId() });
        var third = await _ada.Ledger.Record("ada", up with { FeedbackId = NewId(), Thumb = Thumb.Down });

        await _ada.Ledger.Withdraw("ada", third.Submission.FeedbackId);

        Assert.All(await _ada.Ledger.List("ada"), f => Assert.Equal(FeedbackState.Withdrawn, f.State));
        Assert.Equal(3, (await Store.ReadCounts()).Withdrawn);
        Assert.Empty(await Store.ReadUsable(10));
        Assert.Equal(await Store.Recount(), await Store.ReadCounts());
    }

    [Fact]
    public async Task Conversation_and_everything_can_be_taken_back_at_once_and_again()
    {
        var verdict = await _ada.VerdictFor("Hello!");
        await _ada.Ledger.Record("ada", verdict);
        await _ada.Ledger.Record("ada", verdict with { FeedbackId = NewId(), Kind = FeedbackKind.Ranking, Verdict = null, Ranks = new([1, 2]) });
        await _ada.JudgePairs(2);
        var eve = await new Rater(_cluster, "eve").Consent();
        await eve.JudgePairs(1);

        var withdrawn = await _ada.Ledger.WithdrawConversation("ada", verdict.ConversationId);
        Assert.Equal([FeedbackState.Withdrawn, FeedbackState.Withdrawn], withdrawn.Select(f => f.State));
        Assert.Equal(withdrawn, await _ada.Ledger.WithdrawConversation("ada", verdict.ConversationId));
        Assert.Empty(await _cluster.Ledger("eve").WithdrawConversation("eve", verdict.ConversationId));
        Assert.Equal((3, 2), ((await Store.ReadCounts()).NewPairs, (await Store.ReadCounts()).Withdrawn));

        Assert.Equal(4, (await _ada.Ledger.WithdrawAll("ada")).Count);
        var events = (await Store.ReadCounts()).LastSequence;
        Assert.All(await _ada.Ledger.WithdrawAll("ada"), f => Assert.Equal(FeedbackState.Withdrawn, f.State));
        Assert.Equal(events, (await Store.ReadCounts()).LastSequence);
        Assert.Equal("eve", Assert.Single(await Store.ReadUsable(10)).UserId);
        Assert.Equal(await Store.Recount(), await Store.ReadCounts());
        // What is given later is used again.
        await _ada.JudgePairs(1);
        Assert.Equal(2, (await Store.ReadUsable(10)).Count);
    }

    [Fact]
    public async Task Ended_consent_withdraws_for_good_what_runs_used_under_it_and_only_that()
    {
        var used = await _ada.JudgePairs(2);
        await Store.TakeUpBatch("run-1", [.. used.Select(f => f.Submission.FeedbackId)]);
        await Store.MarkLearned("run-1", 2);
        var unused = await _ada.JudgePairs(1);

        await _ada.Consent(TrainingConsent.Declined);

        Assert.Equal([FeedbackState.NotUsed, FeedbackState.Withdrawn, FeedbackState.Withdrawn], (await _ada.Ledger.List("ada")).Select(f => f.State));
        await _ada.Consent(TrainingConsent.Granted);
        Assert.Equal([FeedbackState.Recorded, FeedbackState.Withdrawn, FeedbackState.Withdrawn], (await _ada.Ledger.List("ada")).Select(f => f.State));
        Assert.Equal(unused[0].Submission.FeedbackId, Assert.Single(await Store.ReadUsable(10)).FeedbackId);
        Assert.Equal(await Store.Recount(), await Store.ReadCounts());
    }

    /// <summary>The batch was frozen, the user said no, and only then was it taken up.</summary>
    [Fact]
    public async Task Consent_that_ends_while_a_batch_is_made_withdraws_what_the_batch_holds()
    {
        var used = await _ada.JudgePairs(1);
        await _ada.Consent(TrainingConsent.Declined);
        Assert.Equal(FeedbackState.NotUsed, (await _ada.StatusOf(used[0].Submission.FeedbackId)).State);

        await Store.TakeUpBatch("run-1", [used[0].Submission.FeedbackId]);

        Assert.Equal(FeedbackState.Withdrawn, (await _ada.StatusOf(used[0].Submission.FeedbackId)).State);
        Assert.Equal("run-1", Assert.Single(await Store.ReadWithdrawnUses()).RunId);
    }

    private async Task<int> CountEvents(string condition) =>
        Convert.ToInt32(await Execute($"SELECT COUNT(*) FROM events WHERE \"{condition}'"), System.Globalization.CultureInfo.InvariantCulture);

    private async Task<object?> Execute(string sql)
    {
        await using DbConnection connection = _database is null
            ? new SqliteConnection($"Data Source={Path.Combine(_cluster.Folder, "feedback.db")}")
            : new NpgsqlConnection($"{_database}Search Path=ledger");
        await connection.OpenAsync(Guard);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(Guard);
    }
}

public sealed class WithdrawalOnSqliteTests : WithdrawalTests
{
    protected override Task<string?> Database() => Task.FromResult<string?>(null);
}

public sealed class WithdrawalOnPostgresTests(StoreServers servers) : WithdrawalTests
{
    protected override async Task<string?> Database() => await servers.Database();
}
