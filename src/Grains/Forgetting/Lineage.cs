using ChatLoop.Contracts.Checkpoints;

namespace ChatLoop.Grains.Forgetting;

/// <summary>Versions and what they come from: a version knows what its own run's batch held, and what its ancestors' did.</summary>
internal sealed class Lineage(IReadOnlyList<CheckpointRecord> checkpoints)
{
    private readonly Dictionary<int, CheckpointRecord> _versions = checkpoints.ToDictionary(c => c.Version);

    public IReadOnlyList<CheckpointRecord> Versions => checkpoints;

    public CheckpointRecord? Live { get; } = checkpoints.FirstOrDefault(c => c.Stage == CheckpointStage.Live);

    /// <summary>The version itself first, the starter last.</summary>
    public IEnumerable<CheckpointRecord> AncestryOf(CheckpointRecord version)
    {
        for (var next = version; next is not null; next = next.Parent is { } parent ? _versions.GetValueOrDefault(parent) : null) yield return next;
    }

    public IReadOnlySet<string> RunsOf(CheckpointRecord version) => AncestryOf(version).Select(v => v.RunId).ToHashSet(StringComparer.Ordinal);
}
