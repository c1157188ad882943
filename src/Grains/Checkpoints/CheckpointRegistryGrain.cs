using System.Globalization;
using System.Runtime.CompilerServices;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Forgetting;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Storage;

namespace ChatLoop.Grains.Checkpoints;

/// <summary>Lineage and stages of a model's checkpoints. At most one is live; every move is recorded with its reason.</summary>
public sealed partial class CheckpointRegistryGrain(
    [PersistentState("checkpoint-registry")] IPersistentState<CheckpointRegistryState> registry,
    CollectionOptions options,
    ForgettingSurvey forgetting,
    LearningSignal learning,
    TimeProvider clock) : Grain, ICheckpointRegistryGrain
{
    private readonly DurableState<CheckpointRegistryState> _state = new(registry);
    private TaskCompletionSource _changed = NewSignal();

    public Task<CheckpointRecord> EnsureStarter(string folder, string weightsHash) => Change(state =>
    {
        if (state.Find(1) is { } starter) return (state, starter);
        var record = new CheckpointRecord
        {
            Version = 1,
            RunId = "starter",
            Folder = folder,
            WeightsHash = weightsHash,
            CreatedAt = Now,
        };
        return Then(state.WithLive(record, Now, "The starter model.", DecisionMaker.Start), 1);
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
        return Then(Refusal(state, judged, gate) is { } refusal
            ? state.WithStage(judged, CheckpointStage.Rejected, Now, refusal, DecisionMaker.Gate)
            : Pass(state, judged, $"Passed all {gate.Checks.Count} checks of the gate.{Replacement.Note(judged)}"), version);
    });

    private CheckpointRegistryState Pass(CheckpointRegistryState state, CheckpointRecord candidate, string reason)
    {
        // Neither a trial nor a pin may keep alive what was withdrawn.
        if (candidate.Replaces is not null) return state.WithoutPin(Now, reason, DecisionMaker.Forgetting).WithLive(candidate, Now, reason, DecisionMaker.Forgetting);
        if (state.Pin is { } pin)
            return state.WithStage(candidate, CheckpointStage.Held, Now, $"{reason} Not live, because version {pin.Version} is pinned.", DecisionMaker.Gate);
        if (options.Canary.Share == 0) return state.WithLive(candidate, Now, reason, DecisionMaker.Gate);
        var trial = new CanaryTrial(candidate.Version, state.Live!.Version, options.Canary.Share, Now, Now + options.Canary.Longest);
        return state.WithCanary(candidate, trial, string.Create(CultureInfo.InvariantCulture, $"{reason} On trial in {trial.Share:P0} of the conversations."), DecisionMaker.Gate);
    }

    public Task NoteRemoval(int version) => Change(state => Require(state, version) is { RemovedAt: null } known
        ? Then(state.WithStage(known with { RemovedAt = Now }, known.Stage, Now, "Its files were deleted: it learned from feedback that was withdrawn.", DecisionMaker.Forgetting), version)
        : (state, Require(state, version)));

    public async Task<bool> Reached(int version, ServingMilestone milestone, DateTimeOffset at)
    {
        var isNews = await _state.Change(state => state.WithMilestone(version, milestone, at) is { } next ? (next, true) : (state, false));
        if (isNews) learning.Raise();
        return isNews;
    }

    public Task<CheckpointRecord> GetLive() => Task.FromResult(
        _state.Value.Live ?? throw Starting());

    public Task<IReadOnlyList<CheckpointRecord>> List() => Task.FromResult<IReadOnlyList<CheckpointRecord>>(_state.Value.Checkpoints.ToArray());

    public Task<IReadOnlyList<RegistryDecision>> Decisions() => Task.FromResult<IReadOnlyList<RegistryDecision>>(_state.Value.Decisions.ToArray());

    public Task<ServedVersions> GetServed() => Task.FromResult(
        _state.Value.Served ?? throw Starting());

    public async IAsyncEnumerable<CheckpointRecord> WatchLive([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var live in Watch(state => state.Live, live => live.Version, cancellationToken)) yield return live;
    }

    public async IAsyncEnumerable<ServedVersions> WatchServed([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var served in Watch(state => state.Served, served => (served.Live.Version, served.Trial), cancellationToken)) yield return served;
    }

    /// <summary>Level-triggered: a slow reader gets what holds now, not all that came between.</summary>
    private async IAsyncEnumerable<T> Watch<T, TKey>(
        Func<CheckpointRegistryState, T?> read, Func<T, TKey> keyOf, [EnumeratorCancellation] CancellationToken cancellationToken) where T : class
    {
        T? seen = null;
        while (true)
        {
            var changed = _changed.Task;
            if (read(_state.Value) is { } now && (seen is null || !Equals(keyOf(now), keyOf(seen)))) yield return seen = now;
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

    private static ChatLoopException Starting() => ChatLoopException.NotFound("No checkpoint is live yet: the service is starting.");

    private static CheckpointRecord Require(CheckpointRegistryState state, int version) =>
        state.Find(version) ?? throw ChatLoopException.NotFound($"There is no version {version}.");

    private static (CheckpointRegistryState, CheckpointRecord) Then(CheckpointRegistryState next, int version) => (next, Require(next, version));

    private async Task<T> Change<T>(Func<CheckpointRegistryState, (CheckpointRegistryState, T)> change)
    {
        var trial = _state.Value.Trial;
        var result = await _state.Change(change);
        var signal = _changed;
        _changed = NewSignal();
        signal.SetResult();
        learning.Raise();
        // The run that made the canary waits for the end of its trial.
        if (trial is not null && _state.Value.Trial != trial) await GrainFactory.GetGrain<ICanaryGrain>(this.GetPrimaryKeyString()).Resume();
        return result;
    }

    private DateTimeOffset Now => clock.GetUtcNow();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
