using System.Runtime.CompilerServices;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Feedback;

namespace ChatLoop.Grains.Learning;

/// <summary>
/// The learning page's view. While anybody watches, one loop gathers a snapshot after each change and all watchers share it; it looks
/// at most four times a second.
/// </summary>
public sealed class LearningGrain(FeedbackStore feedback, LearningSignal learning, TimeProvider clock)
    : Grain, ILearningGrain, IDisposable
{
    private readonly LatencySurvey _latencies = new(feedback);
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stopping = new();
    private LearningSnapshot? _latest;
    private long _latestCount = -1;
    private Task _gathering = Task.CompletedTask;
    private long? _lastGathered;

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => await _stopping.CancelAsync();

    public async Task<LearningSnapshot> GetSnapshot()
    {
        var model = this.GetPrimaryKeyString();
        // In the order in which the end of a run travels, backwards: a run is never shown as ended without its version.
        var policyTrainer = await GrainFactory.GetGrain<IPolicyTrainerGrain>(model).GetStatus();
        var rewardTrainer = GrainFactory.GetGrain<IRewardTrainerGrain>(model);
        var trainer = Merge(await rewardTrainer.GetStatus(), policyTrainer);
        var nextRun = rewardTrainer.GetNextRun();
        var counts = await feedback.ReadCounts();
        var registry = GrainFactory.GetGrain<ICheckpointRegistryGrain>(model);
        var checkpoints = registry.List();
        var decisions = registry.Decisions();
        var latency = await _latencies.Of(await checkpoints);
        return new()
        {
            Feedback = counts,
            NextRun = await nextRun,
            Trainer = trainer,
            Checkpoints = await checkpoints,
            Decisions = await decisions,
            Latency = latency,
        };
    }

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
        _latestCount = count;
        _lastGathered = clock.GetTimestamp();
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
