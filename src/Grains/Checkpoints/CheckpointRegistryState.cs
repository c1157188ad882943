using System.Collections.Immutable;
using ChatLoop.Contracts.Checkpoints;

namespace ChatLoop.Grains.Checkpoints;

/// <summary>Lineage, stages and the numbers given to training runs.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.CheckpointRegistryState")]
public sealed record CheckpointRegistryState
{
    /// <summary>In order of version.</summary>
    [Id(0)] public ImmutableList<CheckpointRecord> Checkpoints { get; init; } = [];
    /// <summary>Every move of the live version and every refusal, oldest first.</summary>
    [Id(1)] public ImmutableList<RegistryDecision> Decisions { get; init; } = [];
    /// <summary>Version by training run. A number of a run that never registered is not used again.</summary>
    [Id(2)] public ImmutableDictionary<string, int> Reserved { get; init; } = ImmutableDictionary<string, int>.Empty;

    [Id(3)] public VersionPin? Pin { get; init; }
    /// <summary>Under way.</summary>
    [Id(4)] public CanaryTrial? Trial { get; init; }

    public CheckpointRecord? Live => Checkpoints.Find(c => c.Stage == CheckpointStage.Live);

    /// <summary>Null before the starter is registered.</summary>
    public ServedVersions? Served => Live is { } live ? new(live, Trial is { } trial ? Find(trial.Version) : null, Trial) : null;

    public CheckpointRecord? Find(int version) => Checkpoints.Find(c => c.Version == version);

    public int NextVersion => Math.Max(Checkpoints.Select(c => c.Version).DefaultIfEmpty(0).Max(), Reserved.Values.DefaultIfEmpty(0).Max()) + 1;

    public CheckpointRegistryState With(CheckpointRecord changed)
    {
        var index = Checkpoints.FindIndex(c => c.Version == changed.Version);
        return this with
        {
            Checkpoints = index >= 0 ? Checkpoints.SetItem(index, changed) : Checkpoints.Add(changed).Sort((a, b) => a.Version.CompareTo(b.Version)),
        };
    }

    /// <summary>Retires the live checkpoint and puts this one in its place. A trial ends: of this version, or of one that was compared with the retired one.</summary>
    public CheckpointRegistryState WithLive(CheckpointRecord next, DateTimeOffset now, string reason, string by)
    {
        var others = Trial is { } trial && trial.Version != next.Version
            ? WithCanaryStopped(now, $"Version {next.Version} was made live during its trial.", by)
            : this with { Trial = null };
        var retired = others.Live is { } live ? others.With(live with { Stage = CheckpointStage.Retired }) : others;
        return retired.WithStage(next with { WentLiveAt = now }, CheckpointStage.Live, now, reason, by);
    }

    /// <summary>Lets the pinned version go, if there is one.</summary>
    public CheckpointRegistryState WithoutPin(DateTimeOffset now, string reason, string by) => Pin is { } pin
        ? WithDecision(new(now, pin.Version, Find(pin.Version)!.Stage, reason, by, RegistryAction.Unpin)) with { Pin = null }
        : this;

    /// <summary>Puts the version beside the live one.</summary>
    public CheckpointRegistryState WithCanary(CheckpointRecord candidate, CanaryTrial trial, string reason, string by) =>
        WithStage(candidate, CheckpointStage.Canary, trial.StartedAt, reason, by) with { Trial = trial };

    /// <summary>Ends the trial under way without its version.</summary>
    public CheckpointRegistryState WithCanaryStopped(DateTimeOffset now, string reason, string by) => Trial is { } trial
        ? WithStage(Find(trial.Version)!, CheckpointStage.Rejected, now, reason, by) with { Trial = null }
        : this;

    /// <summary>Moves a version to a stage, and notes why.</summary>
    public CheckpointRegistryState WithStage(CheckpointRecord record, CheckpointStage stage, DateTimeOffset now, string reason, string by) =>
        With(record with { Stage = stage }).WithDecision(new(now, record.Version, stage, reason, by));

    /// <summary>Null when the version had reached it before.</summary>
    public CheckpointRegistryState? WithMilestone(int version, ServingMilestone milestone, DateTimeOffset at) => (milestone, Find(version)) switch
    {
        (ServingMilestone.Live, { FirstServedAt: null } known) => With(known with { FirstServedAt = at }),
        (ServingMilestone.Answered, { FirstAnsweredAt: null } known) => With(known with { FirstAnsweredAt = at }),
        _ => null,
    };

    public CheckpointRegistryState WithDecision(RegistryDecision decision) => this with { Decisions = Decisions.Add(decision) };
}
