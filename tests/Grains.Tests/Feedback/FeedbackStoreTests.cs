using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using ChatLoop.Trainer.Brigading;

namespace ChatLoop.Grains.Tests.Feedback;

/// <summary>The ledger under many writers, and what a restart reads from it, wherever it is kept.</summary>
public abstract class FeedbackStoreTests : IAsyncLifetime
{
    private FeedbackStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await OpenStore();

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        await DeleteAll();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens the ledger, with what it kept from the last time.</summary>
    protected abstract Task<LedgerDatabase> Open();

    protected abstract Task DeleteAll();

    [Fact]
    public async Task Thousand_concurrent_events_are_all_there_once_and_numbered_without_gaps()
    {
        await _store.SetConsent("ada", granted: true);
        var statuses = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => _store.Record("ada", Submission.Thumb($"f{i}", $"t{i}", up: i % 2 == 0), Submission.Context)));

        Assert.Equal(Enumerable.Range(2, 1000).Select(i => (long)i), statuses.Select(s => s.Sequence).Order());
        await Reopen();
        Assert.Equal(1000, (await _store.List("ada")).Count);
        var counts = await _store.ReadCounts();
        Assert.Equal((500, 500, 1001L), (counts.ThumbsUp, counts.ThumbsDown, counts.LastSequence));
    }

    [Fact]
    public async Task Kept_counts_equal_counted_rows_whatever_happens()
    {
        var random = new Random(20260101);
        for (var round = 0; round < 40; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 25).Select(i => RandomChange(random.Next(), round, i)));
            var kept = await _store.ReadCounts();
            Assert.Equal(await _store.Recount(), kept);
            Assert.Equal(_store.Counts, kept);
        }
    }

    [Fact]
    public async Task One_refused_event_does_not_take_its_neighbours_down()
    {
        await _store.Record("ada", Submission.Thumb("taken", "t0", up: true), Submission.Context);
        var good = Enumerable.Range(1, 50).Select(i => _store.Record("ada", Submission.Thumb($"f{i}", $"t{i}", up: true), Submission.Context)).ToArray();
        await Reading.Refuses(ErrorCode.Conflict, () => _store.Record("eve", Submission.Thumb("taken", "t0", up: true), Submission.Context));
        await Task.WhenAll(good);
        Assert.Equal(51, _store.Counts.ThumbsUp);
    }

    [Fact]
    public async Task Batch_marks_its_judgements_and_ending_it_twice_changes_nothing()
    {
        await _store.SetConsent("ada", granted: true);
        await _store.Record("ada", Submission.Pair("p1", "c1"), Submission.Context);
        await _store.Record("ada", Submission.Pair("p2", "c2"), Submission.Context);
        await _store.Record("ada", Submission.Pair("p3", "c3"), Submission.Context);
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
        await Reopen();
        await _store.MarkLearned("run-3", 4);
        Assert.Equal([3, 3, 3], (await _store.List("ada")).Select(f => f.LearnedInVersion));
        Assert.Equal([FeedbackState.Learned, FeedbackState.Learned, FeedbackState.Learned], await States());

        async Task<FeedbackState[]> States() => [.. (await _store.List("ada")).Select(f => f.State)];
    }

    [Fact]
    public async Task Batch_takes_the_newest_in_order_of_their_numbers()
    {
        await _store.SetConsent("ada", granted: true);
        for (var i = 0; i < 10; i++) await _store.Record("ada", Submission.Pair($"p{i}", $"c{i}"), Submission.Context);
        Assert.Equal(["p7", "p8", "p9"], (await _store.ReadUsable(3)).Select(j => j.FeedbackId));
    }

    /// <summary>More came at once than a batch holds: without turns the oldest would be new for ever, and start run after run.</summary>
    [Fact]
    public async Task What_no_batch_has_held_has_its_turn_first()
    {
        await _store.SetConsent("ada", granted: true);
        for (var i = 0; i < 7; i++) await _store.Record("ada", Submission.Pair($"p{i}", $"c{i}"), Submission.Context);
        List<string[]> batches = [];
        for (var run = 1; (await _store.ReadCounts()).NewPairs > 0; run++)
        {
            batches.Add([.. (await _store.ReadUsable(3)).Select(j => j.FeedbackId)]);
            await _store.TakeUpBatch($"run-{run}", batches[^1]);
            await _store.MarkLearned($"run-{run}", run + 1);
        }

        Assert.Equal([["p4", "p5", "p6"], ["p1", "p2", "p3"], ["p0", "p5", "p6"]], batches);
    }

    [Fact]
    public async Task What_is_set_aside_is_used_by_nothing_until_a_reviewer_accepts_it()
    {
        await _store.SetConsent("ada", granted: true);
        for (var i = 0; i < 4; i++) await _store.Record("ada", Submission.Pair($"p{i}", $"c{i}"), Submission.Context);
        await _store.SetAside(Campaign("p1", "p2", "p3", "unknown"));
        var last = _store.Counts.LastSequence;
        await _store.SetAside(Campaign("p1", "p2", "p3"));
        Assert.Equal(last, _store.Counts.LastSequence);

        Assert.Equal(["p0"], (await _store.ReadUsable(10)).Select(j => j.FeedbackId));
        Assert.Equal((4, 1, 1, 3), (_store.Counts.Pairs, _store.Counts.NewPairs, _store.Counts.DecidedPairs, _store.Counts.WaitingForReview));
        Assert.Equal([FeedbackState.WaitsForReview, FeedbackState.WaitsForReview, FeedbackState.WaitsForReview, FeedbackState.Recorded], await States());
        Assert.Equal(3, (await _store.ReadUncounted(0)).Count);

        await _store.Review(Order(accept: true, "p1"));
        await _store.Review(Order(accept: true, "p1"));
        await _store.Review(Order(accept: false, "p2"));
        await Reopen();
        Assert.Equal(["p0", "p1"], (await _store.ReadUsable(10)).Select(j => j.FeedbackId));
        Assert.Equal([FeedbackState.WaitsForReview, FeedbackState.Rejected, FeedbackState.Recorded, FeedbackState.Recorded], await States());
        Assert.Equal(await _store.Recount(), await _store.ReadCounts());
        var votes = Assert.Single(await _store.ReadSetAside(decided: 10)).Votes;
        Assert.Equal([(ReviewState.Accepted, "Rita"), (ReviewState.Rejected, "Rita"), (ReviewState.Waiting, null)], votes.Select(v => (v.State, v.ReviewedBy)));
        Assert.All(votes, v => Assert.Equal((1, "Hello!", v.State == ReviewState.Waiting), (v.Person, v.Prompt.Single().Text, v.ReviewedAt is null)));
        // Accepted for good: it is not found suspicious again.
        await _store.SetAside(Campaign("p1"));
        Assert.Equal(2, (await _store.ReadUsable(10)).Count);

        async Task<FeedbackState[]> States() => [.. (await _store.List("ada")).Select(f => f.State)];
    }

    [Fact]
    public async Task Review_of_what_was_not_set_aside_or_is_decided_changes_nothing()
    {
        await _store.SetConsent("ada", granted: true);
        for (var i = 0; i < 3; i++) await _store.Record("ada", Submission.Pair($"p{i}", $"c{i}"), Submission.Context);
        await _store.SetAside(Campaign("p0", "p1"));
        await _store.Review(Order(accept: false, "p1"));
        await Reading.Refuses(ErrorCode.NotFound, () => _store.Review(Order(accept: true, "p0", "p2")));
        await Reading.Refuses(ErrorCode.Conflict, () => _store.Review(Order(accept: true, "p0", "p1")));
        Assert.Equal((1, 1), (_store.Counts.NewPairs, _store.Counts.WaitingForReview));

        // Who gave it may still take it back; then there is nothing to review, and nothing left of it.
        await _store.Withdraw("ada", "p0");
        await Reading.Refuses(ErrorCode.Conflict, () => _store.Review(Order(accept: true, "p0")));
        Assert.Equal("p1", Assert.Single(Assert.Single(await _store.ReadSetAside(decided: 10)).Votes).FeedbackId);
        Assert.Equal(await _store.Recount(), await _store.ReadCounts());
    }

    private async Task RandomChange(int seed, int round, int i)
    {
        var random = new Random(seed);
        var user = $"user{random.Next(3)}";
        var target = $"target{random.Next(20)}";
        try
        {
            var id = $"f{random.Next(round + 1)}-{random.Next(25)}";
            await (random.Next(14) switch
            {
                0 => _store.SetConsent(user, random.Next(2) == 0),
                1 => _store.Withdraw(user, $"f{random.Next(round + 1)}-{random.Next(25)}"),
                2 => _store.TakeUpBatch($"run{round}-{i}", [$"f{random.Next(round + 1)}-{random.Next(25)}"]),
                3 => _store.MarkLearned($"run{random.Next(round + 1)}-{random.Next(25)}", round),
                4 => _store.ReleaseBatch($"run{random.Next(round + 1)}-{random.Next(25)}"),
                5 => _store.Record(user, Submission.Thumb($"f{round}-{i}", target, random.Next(2) == 0), Submission.Context),
                6 => _store.Record(user, Submission.Pair($"f{round}-{i}", target) with { Verdict = PairVerdict.Skip }, Submission.Context),
                7 => _store.Record(user, Submission.Pair($"f{round}-{i}", target) with { Verdict = PairVerdict.Tie }, Submission.Context),
                8 => _store.Record(user, Submission.Pair($"f{round}-{i}", target) with { Kind = FeedbackKind.Ranking, Verdict = null, Ranks = new([2, 1, 2]) }, Submission.Context),
                11 => _store.SetAside(Campaign(id)),
                12 => _store.Review(Order(accept: true, id)),
                13 => _store.Review(Order(accept: false, id)),
                9 => _store.Record(user, Submission.Thumb($"f{round}-{i}", target, up: true) with { Kind = (FeedbackKind)random.Next(3, 5), Thumb = null }, Submission.Context),
                _ => _store.Record(user, Submission.Pair($"f{round}-{i}", target), Submission.Context),
            });
        }
        catch (ChatLoopException e) when (e.Code is ErrorCode.NotFound or ErrorCode.Conflict)
        {
            // Withdrew what another user gave, or reviewed what was not set aside or is decided.
        }
    }

    private static Campaign Campaign(params string[] ids) => new("a phrase", IsFor: true, People: 2, Following: 9, Deciding: 9, Chance: 1e-9, ids);

    private static ReviewOrder Order(bool accept, params string[] ids) => new(ids, accept, "reviewer-1", "Rita");

    private async Task<FeedbackStore> OpenStore() => new(await Open(), new LearningSignal(), TimeProvider.System);

    private async Task Reopen()
    {
        _store.Dispose();
        _store = await OpenStore();
    }
}
