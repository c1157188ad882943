using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Learning;

namespace ChatLoop.Grains.Checkpoints;

/// <summary>What people, and the trial of a canary, may order. Each order is kept with its reason and with who gave it.</summary>
public sealed partial class CheckpointRegistryGrain
{
    private const int LongestReason = 500;

    public async Task<CheckpointRecord> EndCanary(int version, bool promote, string reason, string by)
    {
        var why = Checked(reason);
        var isTainted = promote && await forgetting.IsTainted(version, _state.Value.Checkpoints);
        return await Change(state =>
        {
            var canary = Require(state, version);
            if (canary.Stage != CheckpointStage.Canary) return (state, canary);
            if (isTainted) return Then(state.WithCanaryStopped(Now, $"{why} But it learned from feedback that was withdrawn since.", DecisionMaker.Forgetting), version);
            return Then(promote ? state.WithLive(canary, Now, why, by) : state.WithCanaryStopped(Now, why, by), version);
        });
    }

    public async Task<CheckpointRecord> MakeLive(int version, string reason, string by)
    {
        var why = Checked(reason);
        await forgetting.RequireNothingWithdrawn(version, _state.Value.Checkpoints);
        return await MakeLive(version, why, by, isPinInTheWay: by != DecisionMaker.Forgetting);
    }

    public Task<CheckpointRecord> MakeIntactLive(int version, string reason) => MakeLive(version, Checked(reason), DecisionMaker.Silo, isPinInTheWay: false);

    private Task<CheckpointRecord> MakeLive(int version, string why, string by, bool isPinInTheWay) => Change(state =>
    {
        var target = Require(state, version);
        if (target.Stage == CheckpointStage.Live) return (state, target);
        if (target.Stage is not (CheckpointStage.Retired or CheckpointStage.Canary or CheckpointStage.Held))
            throw ChatLoopException.Conflict($"Version {version} did not pass the gate: only a version that has served, is on trial or is held can be made live.");
        if (state.Pin is { } pin && isPinInTheWay) throw ChatLoopException.Conflict($"Version {pin.Version} is pinned: unpin it first.");
        return Then(state.WithoutPin(Now, why, by).WithLive(target, Now, why, by), version);
    });

    public Task<VersionPin> Pin(int version, string reason, string by)
    {
        var why = Checked(reason);
        return Change(state =>
        {
            if (Require(state, version).Stage != CheckpointStage.Live)
                throw ChatLoopException.Conflict($"Version {version} is not live: make it live first, then pin it.");
            if (state.Pin is { } pinned) return (state, pinned);
            var pin = new VersionPin(version, Now, why, by);
            var alone = state.WithCanaryStopped(Now, $"Version {version} was pinned during its trial.", by);
            return (alone.WithDecision(new(Now, version, CheckpointStage.Live, why, by, RegistryAction.Pin)) with { Pin = pin }, pin);
        });
    }

    public async Task Unpin(int version, string reason, string by)
    {
        var why = Checked(reason);
        await Change(state =>
        {
            Require(state, version);
            return state.Pin?.Version == version
                ? (state.WithoutPin(Now, why, by), true)
                : throw ChatLoopException.Conflict($"Version {version} is not pinned.");
        });
        await GrainFactory.GetGrain<IRewardTrainerGrain>(this.GetPrimaryKeyString()).FeedbackRecorded();
    }

    public Task<VersionPin?> GetPin() => Task.FromResult(_state.Value.Pin);

    private static string Checked(string reason)
    {
        var why = reason?.Trim() ?? "";
        return why.Length is > 0 and <= LongestReason ? why : throw ChatLoopException.Invalid($"Give a reason of 1 to {LongestReason} characters.");
    }
}
