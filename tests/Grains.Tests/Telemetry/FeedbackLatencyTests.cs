using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Telemetry;
using ChatLoop.Grains.Tests.Cluster;
using Microsoft.Extensions.DependencyInjection;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Telemetry;

/// <summary>From a vote to the answer, by a clock that the test sets.</summary>
public sealed class FeedbackLatencyTests : IAsyncLifetime
{
    private const int PairsPerRun = 4;
    private readonly ManualClock _clock = new();
    private GrainCluster _cluster = null!;
    private Rater _ada = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start(new CollectionOptions { PairsPerRun = PairsPerRun, RetryPause = TimeSpan.Zero }, clock: _clock);
        await _cluster.Registry.EnsureStarter("starter", "hash");
        _ada = await new Rater(_cluster, "ada").Consent();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Each_vote_is_measured_once_to_the_version_that_used_it_and_once_to_its_first_answer()
    {
        using var measured = new Measured(_cluster, expected: 2 * PairsPerRun);
        await LearnFromVotesTenSecondsApart();

        // The last vote is ten seconds old.
        Serving.Live(2);
        Serving.Live(2);
        await _cluster.Learning.FirstWhere(s => s.Latency.ToLive is not null);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await Answer(version: 1);
        await Answer(version: 2);
        await Answer(version: 2);
        Serving.Learned(2);

        await measured.All.WaitAsync(Guard);
        Assert.Equal([10, 20, 30, 40], measured.Of("live"));
        Assert.Equal([15, 25, 35, 45], measured.Of("answered"));
    }

    [Fact]
    public async Task Page_shows_median_and_p95_also_after_a_restart()
    {
        await LearnFromVotesTenSecondsApart();
        Assert.Equal(new FeedbackLatency(ToLive: null, ToAnswer: null), (await _cluster.Learning.GetSnapshot()).Latency);
        Serving.Live(2);
        await _cluster.Learning.FirstWhere(s => s.Latency.ToLive is not null);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Serving.Answered(2);
        var shown = await _cluster.Learning.FirstWhere(s => s.Latency.ToAnswer is not null);

        // Nearest rank: the 2nd and the 4th of 10, 20, 30, 40.
        Assert.Equal(new FeedbackLatency(new(PairsPerRun, 20, 40), new(PairsPerRun, 25, 45)), shown.Latency);

        await _cluster.Restart();
        _clock.Advance(TimeSpan.FromHours(1));
        Serving.Live(2);
        Assert.Equal(shown.Latency, (await _cluster.Learning.GetSnapshot()).Latency);
    }

    /// <summary>An older version that is made live again was first served long ago.</summary>
    [Fact]
    public async Task Rollback_moves_no_times()
    {
        await LearnFromVotesTenSecondsApart();
        Serving.Live(2);
        var before = await _cluster.Learning.FirstWhere(s => s.Latency.ToLive is not null);
        await _cluster.Registry.MakeLive(1, "Worse.", "ada");
        _clock.Advance(TimeSpan.FromHours(1));
        await _cluster.Registry.MakeLive(2, "Not worse.", "ada");
        Assert.False(await _cluster.Registry.Reached(2, Contracts.Checkpoints.ServingMilestone.Live, _clock.GetUtcNow()));
        Assert.Equal(before.Latency, (await _cluster.Learning.GetSnapshot()).Latency);
    }

    private ServingMilestones Serving => _cluster.Silo.GetRequiredService<ServingMilestones>();

    private async Task LearnFromVotesTenSecondsApart()
    {
        for (var i = 0; i < PairsPerRun; i++)
        {
            await _ada.JudgePairs(1);
            _clock.Advance(TimeSpan.FromSeconds(10));
        }
        await _cluster.Trainer.FinishRun(Guard);
        await _cluster.Learning.FirstWhere(s => s.Trainer is { Phase: LearningPhase.Collecting, LastOutcome: "v2 is live." });
    }

    private async Task Answer(int version)
    {
        var conversation = _cluster.Conversation(NewId());
        await conversation.Create("eve", title: null);
        var receipt = await conversation.Say("eve", "And now?");
        (await _cluster.Engine.NextAnswer(Guard)).Say("Well", version).Say(".", version).End();
        await conversation.ReadAll("eve", receipt.RunId);
    }

    /// <summary>What this cluster's silo measured.</summary>
    private sealed class Measured : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentQueue<(string Stage, double Seconds)> _seen = new();
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Measured(GrainCluster cluster, int expected)
        {
            var own = cluster.Silo.GetRequiredService<IMeterFactory>();
            _ = cluster.Silo.GetRequiredService<ServiceMetrics>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == own && instrument.Name == "chatloop.feedback_to_live") listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
            {
                _seen.Enqueue(((string)tags[0].Value!, seconds));
                if (_seen.Count == expected) _all.TrySetResult();
            });
            _listener.Start();
        }

        public Task All => _all.Task;

        public IEnumerable<double> Of(string stage) => _seen.Where(s => s.Stage == stage).Select(s => s.Seconds).Order();

        public void Dispose() => _listener.Dispose();
    }
}
