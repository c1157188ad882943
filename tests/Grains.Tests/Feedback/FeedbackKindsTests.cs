using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using Microsoft.Extensions.DependencyInjection;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Feedback;

/// <summary>Every kind of judgement: recorded as it was given, once, counted, and in the batch; wherever it is kept.</summary>
public abstract class FeedbackKindsTests : IAsyncLifetime
{
    private GrainCluster _cluster = null!;
    private Rater _ada = null!;

    private FeedbackStore Store => _cluster.Silo.GetRequiredService<FeedbackStore>();

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start(new CollectionOptions { PairsPerRun = 1000 }, database: await Database());
        _ada = await new Rater(_cluster, "ada").Consent();
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Connection string of an empty PostgreSQL database; null to keep everything in files.</summary>
    protected abstract Task<string?> Database();

    [Fact]
    public async Task Character_that_a_database_cannot_keep_is_refused()
    {
        var thumb = await _ada.ThumbFor("Hello!");
        await Refuses(ErrorCode.Invalid, () => _ada.Ledger.Record("ada", thumb with { Comment = "a\0b" }));
        await _ada.Ledger.Record("ada", thumb with { Comment = "a\u0001\ud83d\ude00b" });
    }

    [Theory]
    [InlineData(FeedbackKind.Thumb)]
    [InlineData(FeedbackKind.Pair)]
    [InlineData(FeedbackKind.Ranking)]
    [InlineData(FeedbackKind.Rating)]
    [InlineData(FeedbackKind.Correction)]
    [InlineData(FeedbackKind.Demonstration)]
    [InlineData(FeedbackKind.Comment)]
    public async Task Is_kept_as_given_and_once(FeedbackKind kind)
    {
        var given = await Submission(kind);
        var recorded = await _ada.Ledger.Record("ada", given);
        var repeated = await _ada.Ledger.Record("ada", given);
        await _cluster.Restart();

        Assert.Equal((given, FeedbackState.Recorded), (recorded.Submission, recorded.State));
        Assert.Equal(recorded, repeated);
        Assert.Equal(recorded, Assert.Single(await _ada.Ledger.List("ada")));
        await Refuses(ErrorCode.Conflict, () => _ada.Ledger.Record("ada", given with { Comment = "Something else." }));
        Assert.Equal(given.FeedbackId, Assert.Single(FrozenBatch.Of("run", await Store.ReadUsable(10), 0.2).FeedbackIds));

        Assert.Equal(FeedbackState.Withdrawn, (await _ada.Ledger.Withdraw("ada", given.FeedbackId)).State);
        Assert.Equal(new FeedbackCounts { Withdrawn = 1, LastSequence = (await Store.ReadCounts()).LastSequence }, (await Store.ReadCounts()));
        Assert.Empty(await Store.ReadUsable(10));
    }

    [Fact]
    public async Task A_newer_judgement_replaces_one_of_its_kind_only()
    {
        var rating = await Submission(FeedbackKind.Rating);
        await _ada.Ledger.Record("ada", rating);
        await _ada.Ledger.Record("ada", rating with { FeedbackId = NewId(), Kind = FeedbackKind.Correction, Stars = null, Text = "Hello, Ada." });
        await _ada.Ledger.Record("ada", rating with { FeedbackId = NewId(), Stars = 2 });

        Assert.Equal((1, 1), ((await Store.ReadCounts()).Ratings, (await Store.ReadCounts()).Corrections));
        Assert.Equal(FeedbackState.Superseded, (await _ada.StatusOf(rating.FeedbackId)).State);
    }

    [Fact]
    public async Task A_ranking_takes_the_place_of_a_skip()
    {
        var ranking = await _ada.RankingFor("Three?", 1, 2, 3);
        var skip = ranking with { FeedbackId = NewId(), Kind = FeedbackKind.Pair, Ranks = null, Verdict = PairVerdict.Skip };
        await _ada.Ledger.Record("ada", skip);
        await _ada.Ledger.Record("ada", ranking);
        Assert.Equal(FeedbackState.Superseded, (await _ada.StatusOf(skip.FeedbackId)).State);
        Assert.Equal(FeedbackState.Recorded, (await _ada.StatusOf(ranking.FeedbackId)).State);
    }

    /// <summary>n answers take n - 1 choices, but are one comparison to the gate; a correction is none.</summary>
    [Fact]
    public async Task Rankings_and_corrections_count_as_pairs()
    {
        await _ada.Ledger.Record("ada", await _ada.RankingFor("Four?", 2, 1, 4, 2));
        Assert.Equal((1, 3, 1), ((await Store.ReadCounts()).Rankings, (await Store.ReadCounts()).NewPairs, (await Store.ReadCounts()).DecidedPairs));
        await _ada.Ledger.Record("ada", await Submission(FeedbackKind.Correction));
        Assert.Equal((0, 4, 1), ((await Store.ReadCounts()).Pairs, (await Store.ReadCounts()).NewPairs, (await Store.ReadCounts()).DecidedPairs));
    }

    [Fact]
    public async Task Batch_holds_what_each_kind_was_about()
    {
        foreach (var kind in Enum.GetValues<FeedbackKind>()) await _ada.Ledger.Record("ada", await Submission(kind));
        var batch = FrozenBatch.Of("run", await Store.ReadUsable(100), 0.0001);
        var all = batch.Training.All.Concat(batch.HeldOut.All).ToList();

        var ranking = Assert.Single(all.OfType<Trainer.Feedback.RankingExample>());
        Assert.Equal([1, 3, 2], ranking.Ranks);
        Assert.Equal(3, ranking.Answers.Select(a => a.TurnId).Distinct().Count());
        var rating = Assert.Single(all.OfType<Trainer.Feedback.RatingExample>());
        Assert.Equal((4, "Good."), (rating.Stars, rating.Answer.Text));
        var correction = Assert.Single(all.OfType<Trainer.Feedback.CorrectionExample>());
        Assert.Equal(("Good.", "Good day."), (correction.Answer.Text, correction.Corrected));
        var demonstration = Assert.Single(all.OfType<Trainer.Feedback.DemonstrationExample>());
        Assert.Equal(("Good morning to you.", "Good."), (demonstration.Text, demonstration.Suggestion!.Text));
        Assert.Equal("A demonstration?", demonstration.Prompt.Single().Text);
        var comment = Assert.Single(all.OfType<Trainer.Feedback.CommentExample>());
        Assert.Equal("Too short.", comment.Words);
    }

    [Fact]
    public async Task Ranking_ends_the_blind_and_starts_no_pair()
    {
        var ranking = await _ada.RankingFor("Three?", 1, 2, 3);
        await Refuses(ErrorCode.Invalid, () => _ada.Ledger.Record("ada", ranking with { Kind = FeedbackKind.Pair, Ranks = null, Verdict = PairVerdict.Left }));
        await Refuses(ErrorCode.Invalid, () => _ada.Ledger.Record("ada", ranking with { Ranks = new([1, 2]) }));
        await _ada.Ledger.Record("ada", ranking);
        Assert.True((await _cluster.Conversation(ranking.ConversationId).GetSnapshot("ada")).Comparisons.Single().Decided);
    }

    [Theory]
    [InlineData(FeedbackKind.Rating, "stars", 6)]
    [InlineData(FeedbackKind.Rating, "stars", 0)]
    [InlineData(FeedbackKind.Rating, "leave out", 3)]
    public async Task Stars_out_of_range_and_fields_of_other_kinds_are_refused_by_name(FeedbackKind kind, string named, int stars)
    {
        var rating = (await Submission(kind)) with { Stars = stars, Thumb = named == "leave out" ? Thumb.Up : null };
        var error = await Refuses(ErrorCode.Invalid, () => _ada.Ledger.Record("ada", rating));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_says_nothing_is_refused()
    {
        var ranking = await _ada.RankingFor("Two?", 1, 2);
        foreach (var ranks in (int[][])[[], [1], [2, 2], [1, 3], [0, 1]])
            await Refuses(ErrorCode.Invalid, () => _ada.Ledger.Record("ada", ranking with { Ranks = new([.. ranks]) }));
        var correction = await Submission(FeedbackKind.Correction);
        await Refuses(ErrorCode.Invalid, () => _ada.Ledger.Record("ada", correction with { Text = " Good. " }));
        await Refuses(ErrorCode.Invalid, () => _ada.Ledger.Record("ada", correction with { Text = "  " }));
        await Refuses(ErrorCode.TooLarge, () => _ada.Ledger.Record("ada", correction with { Text = new('a', 8_001) }));
        await Refuses(ErrorCode.Invalid, async () => await _ada.Ledger.Record("ada", (await Submission(FeedbackKind.Comment)) with { Comment = " " }));
        var demonstration = await Submission(FeedbackKind.Demonstration);
        await Refuses(ErrorCode.Invalid, () => _ada.Ledger.Record("ada", demonstration with { UserTurnId = demonstration.TurnId }));
        Assert.Equal(0, (await Store.ReadCounts()).NewPairs);
    }

    private async Task<FeedbackSubmission> Submission(FeedbackKind kind)
    {
        var prompt = $"A {kind.ToString().ToLowerInvariant()}?";
        return kind switch
        {
            FeedbackKind.Pair => await _ada.VerdictFor(prompt),
            FeedbackKind.Ranking => await _ada.RankingFor(prompt, 1, 3, 2),
            FeedbackKind.Demonstration => await _ada.DemonstrationFor(prompt, "Good morning to you.", fromSuggestion: true),
            FeedbackKind.Rating => (await _ada.ThumbFor(prompt)) with { Kind = kind, Thumb = null, Stars = 4 },
            FeedbackKind.Correction => (await _ada.ThumbFor(prompt)) with { Kind = kind, Thumb = null, Text = "Good day." },
            FeedbackKind.Comment => (await _ada.ThumbFor(prompt)) with { Kind = kind, Thumb = null, Comment = "Too short." },
            _ => await _ada.ThumbFor(prompt),
        };
    }
}
