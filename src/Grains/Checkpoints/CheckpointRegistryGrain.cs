using System.Globalization;
using System.Runtime.CompilerServices;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Forgetting;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Storage;

namespace ChatLoop.Grains.Checkpoints;

/// <summary>Lineage and stages of a model's checkpoints. At most one is live; every move is recorded with its reason.</summary>
public sealed class CheckpointRegistryGrain(
    [PersistentState("checkpoint-registry")] IPersistentState<CheckpointRegistryState> registry,
    ForgettingSurvey forgetting,
    LearningSignal learning,
    TimeProvider clock) : Grain, ICheckpointRegistryGrain
{
    private const int LongestReason = 500;

    private readonly DurableState<CheckpointRegistryState> _state = new(registry);
    private TaskCompletionSource _liveChanged = NewSignal();

    public Task<CheckpointRecord> EnsureStarter(string folder, string weightsHash) => Change(state =>
    {
        if (state.Find(1) is { } starter) return (state, starter);
        var record = new CheckpointRecord
        {
            Version = 1,
            RunId = "starter",
            Folder = folder,
            WeightsHash = weightsHash,
            CreatedAt = clock.GetUtcNow(),
        };
        return Then(state.WithLive(record, clock.GetUtcNow(), "The starter model."), 1);
    });

    public async Task<int> Reserve(string trainingRunId) => await _state.Change(state =>
    {
        if (state.Reserved.TryGetValue(trainingRunId, out var reserved)) return (state, reserved);
        var version = state.NextVersion;
        return (state with { Reserved = state.Reserved.Add(trainingRunId, version) }, version);
    });

    public Task<CheckpointRecord> Register(CheckpointRecord candidate) => Change(state =>
    {
        if (state.Checkpoints.Find(c => c.RunId == candidate.RunId) is { } registered) return (state, registered);
        if (!state.Reserved.TryGetValue(candidate.RunId, out var reserved) || reserved != candidate.Version)
            throw ChatLoopException.Conflict($"Run {candidate.RunId} has no claim on version {candidate.Version}: reserve a version first.");
        if (candidate.Parent is not { } parent || state.Find(parent) is null)
            throw ChatLoopException.Invalid($"Version {candidate.Version} must name a registered parent, not {candidate.Parent?.ToString(CultureInfo.InvariantCulture) ?? "none"}.");
        return Then(state.With(candidate with { Stage = CheckpointStage.Candidate, WentLiveAt = null }), candidate.Version);
    });

    public Task<CheckpointRecord> Decide(int version, GateReport gate, CheckpointMetrics metrics) => Change(state =>
    {
        var candidate = Require(state, version);
        if (candidate.Stage != CheckpointStage.Candidate) return (state, candidate);
        var judged = candidate with { Gate = gate, Metrics = metrics };
        var refusal = Refusal(state, judged, gate);
        return Then(refusal is null
            ? state.WithLive(judged, clock.GetUtcNow(), $"Passed all {gate.Checks.Count} checks of the gate.{Replacement.Note(judged)}")
            : state.With(judged with { Stage = CheckpointStage.Rejected }).WithDecision(clock.GetUtcNow(), version, CheckpointStage.Rejected, refusal), version);
    });

    public async Task<CheckpointRecord> Rollback(int version, string reason)
    {
        await forgetting.RequireNothingWithdrawn(version, _state.Value.Checkpoints);
        return await MakeLiveAgain(version, reason);
    }

    public Task<CheckpointRecord> RollbackToIntact(int version, string reason) => MakeLiveAgain(version, reason);

    private Task<CheckpointRecord> MakeLiveAgain(int version, string reason)
    {
        var why = reason?.Trim() ?? "";
        if (why.Length is 0 or > LongestReason) throw ChatLoopException.Invalid($"Give a reason of 1 to {LongestReason} characters.");
        return Change(state =>
        {
            var target = Require(state, version);
            if (target.Stage == CheckpointStage.Live) return (state, target);
            if (target.Stage != CheckpointStage.Retired)
                throw ChatLoopException.Conflict($"Version {version} was never live: only a version that has served can be made live again.");
            return Then(state.WithLive(target, clock.GetUtcNow(), why), version);
        });
    }

    public Task NoteRemoval(int version) => Change(state => Require(state, version) is { RemovedAt: null } known
        ? Then(state.With(known with { RemovedAt = clock.GetUtcNow() })
            .WithDecision(clock.GetUtcNow(), version, known.Stage, "Its files were deleted: it learned from feedback that was withdrawn."), version)
        : (state, Require(state, version)));

    public async Task<bool> Reached(int version, ServingMilestone milestone, DateTimeOffset at)
    {
        var isNews = await _state.Change(state => state.WithMilestone(version, milestone, at) is { } next ? (next, true) : (state, false));
        if (isNews) learning.Raise();
        return isNews;
    }

    public Task<CheckpointRecord> GetLive() => Task.FromResult(
        _state.Value.Live ?? throw ChatLoopException.NotFound("No checkpoint is live yet: the service is starting."));

    public Task<IReadOnlyList<CheckpointRecord>> List() => Task.FromResult<IReadOnlyList<CheckpointRecord>>(_state.Value.Checkpoints.ToArray());

    public Task<IReadOnlyList<RegistryDecision>> Decisions() => Task.FromResult<IReadOnlyList<RegistryDecision>>(_state.Value.Decisions.ToArray());

    /// <summary>Level-triggered: a slow reader gets the newest live checkpoint, not all that came between.</summary>
    public async IAsyncEnumerable<CheckpointRecord> WatchLive([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = 0;
        while (true)
        {
            var changed = _liveChanged.Task;
            if (_state.Value.Live is { } live && live.Version != seen)
            {
                seen = live.Version;
                yield return live;
            }
            else await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Why a candidate does not go live; null if it may.</summary>
    private static string? Refusal(CheckpointRegistryState state, CheckpointRecord candidate, GateReport gate)
    {
        if (gate.Checks.Count == 0) return "The gate checked nothing.";
        var failed = gate.Checks.Where(c => !c.Passed).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name} {c.Value:0.####} ({c.Rule})")).ToArray();
        if (failed.Length > 0) return $"Stopped by the gate: {string.Join("; ", failed)}.";
        // It was compared with its parent. If another version is live now, nothing is known of how it compares with that one.
        return candidate.Parent == state.Live?.Version || Replacement.MayTakeThePlaceOf(state.Live, candidate)
            ? null
            : $"Version {state.Live?.Version} went live while this one was trained from version {candidate.Parent}.";
    }

    private static CheckpointRecord Require(CheckpointRegistryState state, int version) =>
        state.Find(version) ?? throw ChatLoopException.NotFound($"There is no version {version}.");

    private static (CheckpointRegistryState, CheckpointRecord) Then(CheckpointRegistryState next, int version) => (next, Require(next, version));

    private async Task<CheckpointRecord> Change(Func<CheckpointRegistryState, (CheckpointRegistryState, CheckpointRecord)> change)
    {
        var record = await _state.Change(change);
        var signal = _liveChanged;
        _liveChanged = NewSignal();
        signal.SetResult();
        learning.Raise();
        return record;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
