using System.Runtime.CompilerServices;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Forgetting;
using ChatLoop.Grains.Telemetry;

namespace ChatLoop.Grains.Learning;

/// <summary>
/// The learning page's view. While anybody watches, one loop gathers a snapshot after each change and all watchers share it; it looks
/// at most four times a second.
/// </summary>
public sealed class LearningGrain(
    FeedbackStore feedback, ForgettingSurvey survey, LearningSignal learning, CollectionOptions options, ServiceMetrics metrics, TimeProvider clock)
    : Grain, ILearningGrain, IDisposable
{
    private readonly LatencySurvey _latencies = new(feedback);
    /// <summary>For trainers that do not answer, as their silo is down.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stopping = new();
    private LearningSnapshot? _latest;
    private long _latestCount = -1;
    private Task _gathering = Task.CompletedTask;
    private long? _lastGathered;

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        metrics.Phase = null;
        await _stopping.CancelAsync();
    }

    public async Task<LearningSnapshot> GetSnapshot()
    {
        var model = this.GetPrimaryKeyString();
        var (trainer, nextRun) = await Trainers(model);
        var counts = await feedback.ReadCounts();
        var registry = GrainFactory.GetGrain<ICheckpointRegistryGrain>(model);
        var checkpoints = registry.List();
        var decisions = registry.Decisions();
        var canary = GrainFactory.GetGrain<ICanaryGrain>(model).GetStatus();
        var latency = await _latencies.Of(await checkpoints);
        var pin = await registry.GetPin();
        return new()
        {
            Feedback = counts,
            NextRun = nextRun,
            Trainer = pin is not null && trainer.Phase == LearningPhase.Collecting ? trainer with { Detail = Held(pin) } : trainer,
            Checkpoints = await checkpoints,
            Decisions = await decisions,
            Latency = latency,
            Canary = await canary,
            Pin = pin,
            Forgetting = counts.Withdrawn == 0 ? new() : await survey.StatusOf(await checkpoints),
        };
    }

    private static string Held(VersionPin pin) =>
        $"Version {pin.Version} is pinned: feedback is kept, and training goes on when it is unpinned.";

    public async IAsyncEnumerable<LearningSnapshot> Watch([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        var seen = learning.Count - 1;
        while (true)
        {
            await learning.WaitBeyond(seen, ended.Token);
            while (_latest is null || _latestCount <= seen)
            {
                if (_gathering.IsCompleted) _gathering = Gather();
                await _gathering.WaitAsync(ended.Token);
            }
            seen = _latestCount;
            yield return _latest;
        }
    }

    public void Dispose() => _stopping.Dispose();

    private async Task Gather()
    {
        if (_lastGathered is { } last && clock.GetElapsedTime(last) is var elapsed && elapsed < ShortestInterval)
            await Task.Delay(ShortestInterval - elapsed, clock, _stopping.Token);
        var count = learning.Count;
        _latest = await GetSnapshot();
        metrics.Phase = _latest.Trainer.Phase;
        _latestCount = count;
        _lastGathered = clock.GetTimestamp();
    }

    /// <summary>In the order in which the end of a run travels, backwards: a run is never shown as ended without its version.</summary>
    private async Task<(TrainerStatus Status, RunThreshold NextRun)> Trainers(string model)
    {
        try
        {
            var policyTrainer = await GrainFactory.GetGrain<IPolicyTrainerGrain>(model).GetStatus().WaitAsync(LongestWait, clock);
            var rewardTrainer = GrainFactory.GetGrain<IRewardTrainerGrain>(model);
            var status = Merge(await rewardTrainer.GetStatus().WaitAsync(LongestWait, clock), policyTrainer);
            return (status, await rewardTrainer.GetNextRun().WaitAsync(LongestWait, clock));
        }
        catch (Exception error) when (error is OrleansException or TimeoutException)
        {
            return (new() { Detail = "No training silo answers: feedback is kept, and training goes on once one is up." }, options.NextRun(lastRunLearnedNothing: false));
        }
    }

    /// <summary>The reward trainer knows whether a run is under way; while the policy trainer has it, that one knows how far it is.</summary>
    private static TrainerStatus Merge(TrainerStatus rewardTrainer, TrainerStatus policyTrainer)
    {
        if (rewardTrainer.RunId is null || rewardTrainer.RunId == policyTrainer.RunId)
        {
            var leading = rewardTrainer.RunId is null ? rewardTrainer : policyTrainer;
            return leading with { Curves = [.. rewardTrainer.Curves, .. policyTrainer.Curves], LastOutcome = rewardTrainer.LastOutcome };
        }
        return rewardTrainer;
    }
}
