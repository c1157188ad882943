using System.Collections.Concurrent;
using System.Diagnostics;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using ChatLoop.Model.Telemetry;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Telemetry;

/// <summary>A training run is one trace, and no part of the call that began it.</summary>
public sealed class TrainingTraceTests
{
    [Fact]
    public async Task Steps_of_a_run_are_one_trace_that_the_version_names()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Tracing.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var cluster = await GrainCluster.Start(new CollectionOptions { PairsPerRun = 2, DecidedShare = 0.5, RetryPause = TimeSpan.Zero });
        await cluster.Registry.EnsureStarter("starter", "hash");
        var ada = await new Rater(cluster, "ada").Consent();
        await ada.JudgePairs(2);
        await cluster.Trainer.FinishRun(Guard);
        var end = await EndOfRun(cluster);

        // Other tests of the process have traces of their own.
        var version = end.Checkpoints[1];
        Assert.True(ActivityContext.TryParse(version.TraceParent, null, out var run));
        var steps = ended.Where(a => a.TraceId == run.TraceId).ToArray();
        var root = Assert.Single(steps, a => a.OperationName == Tracing.TrainingRun);
        Assert.Equal((run.SpanId, default(ActivitySpanId)), (root.SpanId, root.ParentSpanId));
        foreach (var name in (string[])["RewardModel", "Rollouts", "Gate", "publish"])
            Assert.Equal(root.SpanId, Assert.Single(steps, a => a.OperationName == name).ParentSpanId);
    }

    private static async Task<LearningSnapshot> EndOfRun(GrainCluster cluster)
    {
        await foreach (var snapshot in cluster.Learning.Watch(Guard))
            if (snapshot.Trainer is { Phase: LearningPhase.Collecting, LastOutcome: not null }) return snapshot;
        throw new InvalidOperationException("The feed ended before the run.");
    }
}
