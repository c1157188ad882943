using System.Collections.Concurrent;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using Microsoft.Extensions.Logging;

namespace ChatLoop.Grains.Telemetry;

/// <summary>
/// Notes in the registry when a version was first served and first answered, and tells the metrics how long the judgements that it
/// used took. A version may be served before its run has told the ledger which they are, or after: whichever comes last tells.
/// Nobody waits for it.
/// </summary>
public sealed partial class ServingMilestones(
    IGrainFactory grains, FeedbackStore feedback, ServiceMetrics metrics, TimeProvider clock, ILogger<ServingMilestones> log)
{
    private readonly ConcurrentDictionary<(int Version, ServingMilestone Milestone), bool> _noted = new();
    private readonly ConcurrentDictionary<(int Version, ServingMilestone Milestone), bool> _told = new();

    /// <summary>The engine has this version.</summary>
    public void Live(int version) => Note(version, ServingMilestone.Live);

    /// <summary>A token of an answer came from this version.</summary>
    public void Answered(int version) => Note(version, ServingMilestone.Answered);

    /// <summary>The ledger knows which judgements this version used.</summary>
    public void Learned(int version) => InBackground(version, async () =>
    {
        var record = (await Registry.List()).Single(c => c.Version == version);
        if (record.FirstServedAt is { } served) await Tell(version, ServingMilestone.Live, served);
        if (record.FirstAnsweredAt is { } answered) await Tell(version, ServingMilestone.Answered, answered);
    });

    private ICheckpointRegistryGrain Registry => grains.GetGrain<ICheckpointRegistryGrain>(ServedModel.Name);

    private void Note(int version, ServingMilestone milestone)
    {
        if (!_noted.TryAdd((version, milestone), true)) return;
        var now = clock.GetUtcNow();
        InBackground(version, async () =>
        {
            if (await Registry.Reached(version, milestone, now)) await Tell(version, milestone, now);
        }, () => _noted.TryRemove((version, milestone), out _));
    }

    private async Task Tell(int version, ServingMilestone milestone, DateTimeOffset at)
    {
        var recorded = await feedback.TimesUsedBy(version);
        if (recorded.Count == 0 || !_told.TryAdd((version, milestone), true)) return;
        foreach (var time in recorded) metrics.FeedbackReached(milestone, at - time);
    }

    /// <summary>Off the caller's scheduler, which may be a grain's.</summary>
    private void InBackground(int version, Func<Task> work, Action? onFailure = null) => Task.Run(async () =>
    {
        try
        {
            await work();
        }
        catch (Exception error)
        {
            onFailure?.Invoke();
            LogNotNoted(error, version);
        }
    }).Ignore();

    [LoggerMessage(LogLevel.Warning, "What version {Version} has reached could not be noted.")]
    private partial void LogNotNoted(Exception error, int version);
}
