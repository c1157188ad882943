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

namespace ChatLoop.Grains.Tests.Feedback;

/// <summary>What a user may rely on when giving, changing and taking back feedback, wherever it is kept.</summary>
public abstract class LedgerTests : IAsyncLifetime
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
    public async Task Acknowledged_judgement_survives_a_kill_with_all_that_training_needs()
    {
        var status = await _ada.Ledger.Record("ada", (await _ada.ThumbFor("Hello!")) with { Comment = "Nice" });
        Assert.Equal((FeedbackState.Recorded, "Nice"), (status.State, status.Submission.Comment));

        await using var later = await _cluster.AfterKill();

        Assert.Equal(status, Assert.Single(await later.Ledger("ada").List("ada")));
        var usable = Assert.Single(await later.Silo.GetRequiredService<FeedbackStore>().ReadUsable(10));
        Assert.Equal("Hello!", Assert.Single(usable.Context.Prompt).Text);
        var answer = Assert.Single(usable.Context.Answers);
        Assert.Equal("Good.", answer.Text);
        Assert.Equal([1, 2], answer.Tokens);
        Assert.Equal([-1f, -2f], answer.LogProbabilities);
        Assert.Equal(1, Assert.Single(answer.Versions).Version);
        Assert.NotNull(answer.Sampling.Seed);
    }

    [Fact]
    public async Task Same_id_and_content_is_one_event_and_other_content_is_refused()
    {
        var thumb = await _ada.ThumbFor("Hello!");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _ada.Ledger.Record("ada", thumb)));

        Assert.Single(answers.Distinct());
        Assert.Equal(1, (await Store.ReadCounts()).ThumbsUp);
        await Refuses(ErrorCode.Conflict, () => _ada.Ledger.Record("ada", thumb with { Thumb = Thumb.Down }));
        await Refuses(ErrorCode.Conflict, () => _ada.Ledger.Record("ada", thumb with { Comment = "Other" }));
        Assert.Equal(answers[0], Assert.Single(await _ada.Ledger.List("ada")));
    }

    [Fact]
    public async Task Newer_judgement_of_the_same_answer_supersedes_the_older()
    {
        var up = await _ada.ThumbFor("Hello!");
        var first = await _ada.Ledger.Record("ada", up);
        var second = await _ada.Ledger.Record("ada", up with { FeedbackId = NewId(), Thumb = Thumb.Down });

        Assert.True(second.Sequence > first.Sequence);
        Assert.Equal([FeedbackState.Recorded, FeedbackState.Superseded], (await _ada.Ledger.List("ada")).Select(f => f.State));
        Assert.Equal((0, 1), ((await Store.ReadCounts()).ThumbsUp, (await Store.ReadCounts()).ThumbsDown));
        // A late retry of the first does not bring it back.
        Assert.Equal(FeedbackState.Superseded, (await _ada.Ledger.Record("ada", up)).State);
        Assert.Equal(second.Submission.FeedbackId, Assert.Single(await Store.ReadUsable(10)).FeedbackId);
    }

    [Fact]
    public async Task Withdrawal_is_kept_as_an_event_and_is_final()
    {
        var thumb = await _ada.ThumbFor("Hello!");
        await _ada.Ledger.Record("ada", thumb);
        var withdrawn = await _ada.Ledger.Withdraw("ada", thumb.FeedbackId);

        Assert.Equal(FeedbackState.Withdrawn, withdrawn.State);
        Assert.Equal(withdrawn, await _ada.Ledger.Withdraw("ada", thumb.FeedbackId));
        Assert.Equal(FeedbackState.Withdrawn, (await _ada.Ledger.Record("ada", thumb)).State);
        Assert.Empty(await Store.ReadUsable(10));
        Assert.Equal((0, 1), ((await Store.ReadCounts()).ThumbsUp, (await Store.ReadCounts()).Withdrawn));
        await Refuses(ErrorCode.NotFound, () => _cluster.Ledger("eve").Withdraw("eve", thumb.FeedbackId));
        await Refuses(ErrorCode.NotFound, () => _ada.Ledger.Withdraw("ada", NewId()));
        // The same answer may be judged anew.
        var anew = await _ada.Ledger.Record("ada", thumb with { FeedbackId = NewId() });
        Assert.Equal(FeedbackState.Recorded, anew.State);
        Assert.Equal(FeedbackState.Withdrawn, (await _ada.StatusOf(thumb.FeedbackId)).State);
    }

    [Fact]
    public async Task Ledger_refuses_to_change_or_delete_events()
    {
        await _ada.Ledger.Record("ada", await _ada.ThumbFor("Hello!"));
        await using DbConnection connection = _database is null
            ? new SqliteConnection($"Data Source={Path.Combine(_cluster.Folder, "feedback.db")}")
            : new NpgsqlConnection($"{_database}Search Path=ledger");
        await connection.OpenAsync(Guard);
        foreach (var sql in (string[])["UPDATE events SET \"Comment\" = 'x'", "DELETE FROM events"])
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            var error = await Assert.ThrowsAnyAsync<DbException>(() => command.ExecuteNonQueryAsync(Guard));
            Assert.Contains("append-only", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Verdict_counts_as_new_pair_and_ends_the_blind()
    {
        var verdict = await _ada.VerdictFor("Hello!");
        var status = await _ada.Ledger.Record("ada", verdict);

        Assert.Equal(FeedbackState.Recorded, status.State);
        Assert.Equal((1, 1), ((await Store.ReadCounts()).Pairs, (await Store.ReadCounts()).NewPairs));
        Assert.True((await _cluster.Conversation(verdict.ConversationId).GetSnapshot("ada")).Comparisons.Single().Decided);
    }

    [Fact]
    public async Task Skip_ends_the_blind_and_teaches_nothing()
    {
        var skip = await _ada.VerdictFor("Hello!", PairVerdict.Skip);
        await _ada.Ledger.Record("ada", skip);

        Assert.True((await _cluster.Conversation(skip.ConversationId).GetSnapshot("ada")).Comparisons.Single().Decided);
        Assert.Equal((0, 0), ((await Store.ReadCounts()).Pairs, (await Store.ReadCounts()).NewPairs));
        Assert.Empty(await Store.ReadUsable(10));
    }

    [Fact]
    public async Task Without_consent_nothing_is_used_and_a_change_covers_what_was_given_before()
    {
        var eve = new Rater(_cluster, "eve");
        Assert.Equal(TrainingConsent.NotAsked, await _cluster.User("eve").GetConsent());
        var verdict = await _cluster.Ledger("eve").Record("eve", await eve.VerdictFor("Hello!"));
        Assert.Equal(FeedbackState.NotUsed, verdict.State);
        Assert.Equal((1, 0), ((await Store.ReadCounts()).Pairs, (await Store.ReadCounts()).NewPairs));
        Assert.Empty(await Store.ReadUsable(10));

        await eve.Consent();
        Assert.Equal(FeedbackState.Recorded, (await eve.StatusOf(verdict.Submission.FeedbackId)).State);
        Assert.Equal(1, (await Store.ReadCounts()).NewPairs);
        Assert.Single(await Store.ReadUsable(10));

        await eve.Consent(TrainingConsent.Declined);
        Assert.Equal(FeedbackState.NotUsed, (await eve.StatusOf(verdict.Submission.FeedbackId)).State);
        Assert.Equal(0, (await Store.ReadCounts()).NewPairs);
        Assert.Empty(await Store.ReadUsable(10));
        await _cluster.Restart();
        Assert.Equal(TrainingConsent.Declined, await _cluster.User("eve").GetConsent());
        Assert.Equal(0, (await Store.ReadCounts()).NewPairs);
    }

    [Fact]
    public async Task Retry_succeeds_when_the_conversation_is_gone_since()
    {
        var thumb = await _ada.ThumbFor("Hello!");
        var status = await _ada.Ledger.Record("ada", thumb);
        await _cluster.Conversation(thumb.ConversationId).Delete("ada");

        Assert.Equal(status, await _ada.Ledger.Record("ada", thumb));
        Assert.Single(await Store.ReadUsable(10));
        await Refuses(ErrorCode.NotFound, () => _ada.Ledger.Record("ada", thumb with { FeedbackId = NewId() }));
    }

    [Fact]
    public async Task Only_own_finished_answers_and_issued_pairs_can_be_judged()
    {
        var thumb = await _ada.ThumbFor("Hello!");
        await Refuses(ErrorCode.NotFound, () => _cluster.Ledger("eve").Record("eve", thumb));
        await Refuses(ErrorCode.NotFound, () => _ada.Ledger.Record("ada", thumb with { TurnId = NewId() }));
        await Refuses(ErrorCode.NotFound, () => _ada.Ledger.Record("ada", thumb with
        {
            Kind = FeedbackKind.Pair,
            TurnId = null,
            Thumb = null,
            ComparisonId = NewId(),
            Verdict = PairVerdict.Left,
        }));
        var running = await _cluster.Conversation(thumb.ConversationId).Say("ada", "And?");
        await Refuses(ErrorCode.Invalid, () => _ada.Ledger.Record("ada", thumb with { TurnId = running.AnswerTurnId }));
        await Refuses(ErrorCode.Invalid, () => _ada.Ledger.Record("ada", thumb with { TurnId = running.UserTurnId }));
        Assert.Empty(await _ada.Ledger.List("ada"));
    }

    [Fact]
    public async Task Malformed_judgements_are_refused_with_what_to_change()
    {
        var thumb = new FeedbackSubmission
        {
            FeedbackId = NewId(),
            Kind = FeedbackKind.Thumb,
            ConversationId = NewId(),
            TurnId = NewId(),
            Thumb = Thumb.Up,
        };
        await Says("feedbackId", thumb with { FeedbackId = "no spaces allowed" });
        await Says("feedbackId", thumb with { FeedbackId = new string('x', 65) });
        await Says("conversationId", thumb with { ConversationId = "" });
        await Says("turnId", thumb with { TurnId = null });
        await Says("up or down", thumb with { Thumb = null });
        await Says("leave out comparisonId", thumb with { ComparisonId = NewId() });
        await Says("2,000", thumb with { Comment = new string('x', 2001) });
        await Says("kind", thumb with { Kind = (FeedbackKind)7 });
        var pair = thumb with { Kind = FeedbackKind.Pair, TurnId = null, Thumb = null, ComparisonId = NewId(), Verdict = PairVerdict.Tie };
        await Says("verdict", pair with { Verdict = null });
        await Says("leave out turnId", pair with { TurnId = NewId() });

        async Task Says(string words, FeedbackSubmission submission) => Assert.Contains(
            words, (await Refuses(ErrorCode.Invalid, () => _ada.Ledger.Record("ada", submission))).Message, StringComparison.Ordinal);
    }
}
