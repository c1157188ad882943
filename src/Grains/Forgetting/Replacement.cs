using System.Globalization;
using ChatLoop.Contracts.Checkpoints;

namespace ChatLoop.Grains.Forgetting;

/// <summary>
/// A candidate that was made to take the place of a version which learned from what was withdrawn. The gate compared it with its parent;
/// that it answers worse than the version it replaces is recorded and keeps nothing alive (ADR 0031).
/// </summary>
internal static class Replacement
{
    /// <summary>Not if yet another version went live since.</summary>
    public static bool MayTakeThePlaceOf(CheckpointRecord? live, CheckpointRecord candidate) => live is not null && candidate.Replaces == live.Version;

    public static string Note(CheckpointRecord candidate) => candidate is not { Replaces: { } replaced } ? "" : string.Create(CultureInfo.InvariantCulture,
        $" Made from version {candidate.Parent} to take the place of version {replaced}, which learned from feedback that was withdrawn.{Rewards(candidate.Metrics)}");

    private static string Rewards(CheckpointMetrics? metrics) => metrics?.ReplacedReward is not { } before ? "" : string.Create(CultureInfo.InvariantCulture,
        $" Mean reward {metrics.Reward:0.00}, of the replaced one {before:0.00}.");
}
