using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Forgetting;
using ChatLoop.Grains.Feedback;

namespace ChatLoop.Grains.Forgetting;

/// <summary>
/// Which versions know what was withdrawn, and where training starts so that the next one does not (ADR 0031).
/// </summary>
internal sealed class WithdrawnKnowledge
{
    private readonly Lineage _lineage;
    private readonly ILookup<string, WithdrawnUse> _uses;
    private readonly HashSet<int> _tainted;

    public WithdrawnKnowledge(IReadOnlyList<CheckpointRecord> checkpoints, IReadOnlyList<WithdrawnUse> uses)
    {
        _lineage = new(checkpoints);
        _uses = uses.ToLookup(use => use.RunId, StringComparer.Ordinal);
        _tainted = [.. checkpoints.Where(c => _lineage.AncestryOf(c).Any(a => _uses.Contains(a.RunId))).Select(c => c.Version)];
        LeftRuns = uses.Select(use => use.RunId).Concat(checkpoints.Where(c => _tainted.Contains(c.Version)).Select(c => c.RunId))
            .ToHashSet(StringComparer.Ordinal);
    }

    public CheckpointRecord? Live => _lineage.Live;

    /// <summary>Null where no version is.</summary>
    public int? OnTrial => _lineage.Versions.FirstOrDefault(v => v.Stage == CheckpointStage.Canary)?.Version;

    /// <summary>Runs that training goes on as if they had never been: their batches held something withdrawn, or they began from a version that knows it.</summary>
    public IReadOnlySet<string> LeftRuns { get; }

    /// <summary>The live version, or its last ancestor that knows nothing withdrawn; null before any is live.</summary>
    public CheckpointRecord? StartingPoint => Live is null ? null : _lineage.AncestryOf(Live).First(v => !IsTainted(v.Version));

    /// <summary>Runs whose batches the starting point has learned.</summary>
    public IReadOnlySet<string> LearnedRuns => _lineage.RunsOf(StartingPoint!);

    public bool IsTainted(int version) => _tainted.Contains(version);

    /// <summary>The first withdrawal of what the live version knows; null when it knows nothing withdrawn.</summary>
    public DateTimeOffset? Since => Live is null || !IsTainted(Live.Version) ? null : UsesIn(Live).Min(use => use.WithdrawnAt);

    public ForgettingStatus ToStatus(TimeSpan within) => new()
    {
        Versions = [.. _lineage.Versions.Where(v => IsTainted(v.Version)).Select(v => new WithdrawnLearning(v.Version, UsesIn(v).DistinctBy(use => use.FeedbackId).Count()))],
        DueAt = Since + within,
        StartsFrom = Since is null ? null : StartingPoint?.Version,
    };

    private IEnumerable<WithdrawnUse> UsesIn(CheckpointRecord version) => _lineage.AncestryOf(version).SelectMany(a => _uses[a.RunId]);
}
