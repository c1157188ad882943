using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Forgetting;

namespace ChatLoop.Grains.Forgetting;

/// <summary>From the runs that held a judgement to the versions that know it.</summary>
internal sealed class JudgementLineage(IReadOnlyList<CheckpointRecord> checkpoints, IReadOnlyList<RegistryDecision> decisions)
{
    private readonly (int Version, CheckpointStage Stage, IReadOnlySet<string> Runs)[] _versions = Versions(new(checkpoints));
    private readonly int[] _live = [.. decisions.Where(d => d.Stage == CheckpointStage.Live).Select(d => d.Version)];

    public IReadOnlyList<CheckpointRecord> Checkpoints => checkpoints;

    /// <summary>Null when no version that served knows it.</summary>
    public FeedbackLineage? Of(IReadOnlyCollection<string> runs, DateTimeOffset? dueAt)
    {
        var known = _versions.Where(v => v.Runs.Overlaps(runs)).ToArray();
        if (known.Length == 0) return null;
        var isInLive = known.Any(v => v.Stage == CheckpointStage.Live);
        return new()
        {
            Versions = [.. known.Select(v => v.Version)],
            IsInLive = isInLive,
            GoneSince = isInLive ? null : SuccessorOf([.. known.Select(v => v.Version)]),
            DueAt = isInLive ? dueAt : null,
        };
    }

    /// <summary>What went live after the last of these.</summary>
    private int? SuccessorOf(HashSet<int> versions)
    {
        var last = Array.FindLastIndex(_live, versions.Contains);
        return last >= 0 && last + 1 < _live.Length ? _live[last + 1] : null;
    }

    private static (int, CheckpointStage, IReadOnlySet<string>)[] Versions(Lineage lineage) =>
        [.. lineage.Versions.Where(v => v.Stage is CheckpointStage.Live or CheckpointStage.Retired).Select(v => (v.Version, v.Stage, lineage.RunsOf(v)))];
}
