using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Feedback;

namespace ChatLoop.Grains.Learning;

/// <summary>
/// How long the judgements that the newest versions used took to show. Computed from ledger and registry, so that a restart changes
/// nothing. Used on one grain's scheduler only.
/// </summary>
internal sealed class LatencySurvey(FeedbackStore feedback)
{
    /// <summary>Newest versions that are looked at.</summary>
    private const int Versions = 5;

    /// <summary>By version. Which judgements a version was the first to use is settled once and never changes.</summary>
    private readonly Dictionary<int, IReadOnlyList<DateTimeOffset>> _recorded = [];

    public async Task<FeedbackLatency> Of(IReadOnlyList<CheckpointRecord> checkpoints)
    {
        List<double> toLive = [], toAnswer = [];
        foreach (var version in checkpoints.Where(c => c is { Parent: not null, FirstServedAt: not null }).TakeLast(Versions))
        {
            var recorded = await RecordedFor(version.Version);
            toLive.AddRange(recorded.Select(r => (version.FirstServedAt!.Value - r).TotalSeconds));
            if (version.FirstAnsweredAt is { } answered) toAnswer.AddRange(recorded.Select(r => (answered - r).TotalSeconds));
        }
        return new(QuantilesOf(toLive), QuantilesOf(toAnswer));
    }

    private async Task<IReadOnlyList<DateTimeOffset>> RecordedFor(int version)
    {
        if (_recorded.TryGetValue(version, out var known)) return known;
        var recorded = await feedback.TimesUsedBy(version);
        // None: its run has not told the ledger yet.
        if (recorded.Count > 0) _recorded[version] = recorded;
        return recorded;
    }

    private static LatencyQuantiles? QuantilesOf(List<double> seconds)
    {
        if (seconds.Count == 0) return null;
        seconds.Sort();
        return new(seconds.Count, NearestRank(0.5), NearestRank(0.95));

        double NearestRank(double share) => seconds[(int)Math.Ceiling(share * seconds.Count) - 1];
    }
}
