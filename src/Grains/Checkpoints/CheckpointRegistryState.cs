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

    public CheckpointRecord? Live => Checkpoints.Find(c => c.Stage == CheckpointStage.Live);

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

    /// <summary>Retires the live checkpoint and puts this one in its place.</summary>
    public CheckpointRegistryState WithLive(CheckpointRecord next, DateTimeOffset now, string reason)
    {
        var retired = Live is { } live ? With(live with { Stage = CheckpointStage.Retired }) : this;
        return retired.With(next with { Stage = CheckpointStage.Live, WentLiveAt = now }).WithDecision(now, next.Version, CheckpointStage.Live, reason);
    }

    /// <summary>Null when the version had reached it before.</summary>
    public CheckpointRegistryState? WithMilestone(int version, ServingMilestone milestone, DateTimeOffset at) => (milestone, Find(version)) switch
    {
        (ServingMilestone.Live, { FirstServedAt: null } known) => With(known with { FirstServedAt = at }),
        (ServingMilestone.Answered, { FirstAnsweredAt: null } known) => With(known with { FirstAnsweredAt = at }),
        _ => null,
    };

    public CheckpointRegistryState WithDecision(DateTimeOffset now, int version, CheckpointStage stage, string reason) =>
        this with { Decisions = Decisions.Add(new(now, version, stage, reason)) };
}
