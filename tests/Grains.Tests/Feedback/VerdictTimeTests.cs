using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Feedback;

/// <summary>A verdict counts within its time.</summary>
public sealed class VerdictTimeTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private readonly TimeSpan _within = new FeedbackOptions().VerdictWithin;
    private GrainCluster _cluster = null!;
    private Rater _ada = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start(new CollectionOptions { PairsPerRun = 1000 }, clock: _clock);
        _ada = await new Rater(_cluster, "ada").Consent();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Verdict_after_its_time_is_refused_with_what_to_do()
    {
        var (inTime, late, ranking) = (await _ada.VerdictFor("One?"), await _ada.VerdictFor("Two?"), await _ada.RankingFor("Three?", 1, 2, 3));
        _clock.Advance(_within);
        var recorded = await _ada.Ledger.Record("ada", inTime);
        Assert.Equal(FeedbackState.Recorded, recorded.State);
        _clock.Advance(TimeSpan.FromSeconds(1));

        var refused = await Refuses(ErrorCode.Conflict, () => _ada.Ledger.Record("ada", late));
        Assert.Contains("7 days (Feedback:VerdictWithin)", refused.Message, StringComparison.Ordinal);
        await Refuses(ErrorCode.Conflict, () => _ada.Ledger.Record("ada", ranking));
        // What was recorded in time stays, is not changed any more, and a late retry of it succeeds.
        Assert.Equal(recorded, await _ada.Ledger.Record("ada", inTime));
        await Refuses(ErrorCode.Conflict, () => _ada.Ledger.Record("ada", inTime with { FeedbackId = NewId(), Verdict = PairVerdict.Tie }));
        Assert.Equal(recorded, Assert.Single(await _ada.Ledger.List("ada")));
    }

    [Fact]
    public async Task Judgement_of_one_answer_has_no_time()
    {
        var thumb = await _ada.ThumbFor("One?");
        _clock.Advance(TimeSpan.FromDays(400));
        Assert.Equal(FeedbackState.Recorded, (await _ada.Ledger.Record("ada", thumb)).State);
    }

    [Theory]
    [InlineData("00:00:30")]
    [InlineData("4000.00:00:00")]
    public void Time_out_of_range_names_the_setting(string within)
    {
        var options = new FeedbackOptions { VerdictWithin = TimeSpan.Parse(within, System.Globalization.CultureInfo.InvariantCulture) };
        Assert.Contains("Feedback:VerdictWithin", Assert.Throws<ChatLoopException>(() => options.Validate()).Message, StringComparison.Ordinal);
    }
}
