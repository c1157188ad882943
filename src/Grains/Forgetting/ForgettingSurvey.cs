using System.Globalization;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Forgetting;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;

namespace ChatLoop.Grains.Forgetting;

/// <summary>Puts the ledger beside the registry: which versions learned from which judgements.</summary>
public sealed class ForgettingSurvey(FeedbackStore feedback, CollectionOptions options)
{
    public async Task<ForgettingStatus> StatusOf(IReadOnlyList<CheckpointRecord> checkpoints) =>
        (await Of(checkpoints)).ToStatus(options.Forgetting.Within);

    /// <summary>Says of each of the user's judgements that a batch has held which versions know it.</summary>
    public async Task<IReadOnlyList<FeedbackStatus>> WithLineage(
        string userId, IReadOnlyList<FeedbackStatus> statuses, Func<Task<IReadOnlyList<CheckpointRecord>>> readCheckpoints, Func<Task<IReadOnlyList<RegistryDecision>>> readDecisions)
    {
        var runs = (await feedback.ReadRunsOf(userId)).ToLookup(held => held.FeedbackId, held => held.RunId);
        if (runs.Count == 0) return statuses;
        var judged = new JudgementLineage(await readCheckpoints(), await readDecisions());
        var dueAt = statuses.Any(s => s.State == FeedbackState.Withdrawn) ? (await Of(judged.Checkpoints)).Since + options.Forgetting.Within : null;
        return [.. statuses.Select(s => s with { Lineage = judged.Of([.. runs[s.Submission.FeedbackId]], s.State == FeedbackState.Withdrawn ? dueAt : null) })];
    }

    /// <summary>Whether the version learned from what was withdrawn since.</summary>
    public async Task<bool> IsTainted(int version, IReadOnlyList<CheckpointRecord> checkpoints) => (await Of(checkpoints)).IsTainted(version);

    /// <exception cref="ChatLoopException">Conflict: the version learned from what was withdrawn since.</exception>
    public async Task RequireNothingWithdrawn(int version, IReadOnlyList<CheckpointRecord> checkpoints)
    {
        var knowledge = await Of(checkpoints);
        if (!knowledge.IsTainted(version)) return;
        var allowed = checkpoints.Where(c => c.Stage is CheckpointStage.Live or CheckpointStage.Retired && !knowledge.IsTainted(c.Version))
            .Select(c => string.Create(CultureInfo.InvariantCulture, $"v{c.Version}"));
        throw ChatLoopException.Conflict(
            $"Version {version} learned from feedback that was withdrawn since, so that it may not be made live again. Versions that did not: {string.Join(", ", allowed)}.");
    }

    /// <summary>What may be deleted: weights and reward models that learned from what was withdrawn and that nobody needs any more.</summary>
    /// <param name="keepRetired">How long they stay after another version took their place.</param>
    public async Task<ForgottenFolders> FoldersToRemove(
        IReadOnlyList<CheckpointRecord> checkpoints, IReadOnlyList<RegistryDecision> decisions, DateTimeOffset now, TimeSpan keepRetired)
    {
        var knowledge = await Of(checkpoints);
        var left = checkpoints.Where(c => c.Stage is CheckpointStage.Retired or CheckpointStage.Rejected && knowledge.IsTainted(c.Version)).ToArray();
        var unregistered = await feedback.ReadEnded([.. knowledge.LeftRuns.Except(checkpoints.Select(c => c.RunId))]);
        return new(
            [.. left.Where(c => LeftAt(c.Version, decisions) is { } at && now - at >= keepRetired)],
            [.. unregistered.Select(RewardTrainerGrain.RewardModelOf)],
            checkpoints.Except(left).SelectMany(FoldersOf).ToHashSet(StringComparer.Ordinal));
    }

    internal static IEnumerable<string> FoldersOf(CheckpointRecord version) => version.RewardModel is { } rewardModel ? [version.Folder, rewardModel] : [version.Folder];

    /// <summary>When the version was refused, or another took its place.</summary>
    private static DateTimeOffset? LeftAt(int version, IReadOnlyList<RegistryDecision> decisions)
    {
        var last = decisions.ToList().FindLastIndex(d => d.Version == version && d.Stage is CheckpointStage.Live or CheckpointStage.Rejected);
        if (last < 0) return null;
        return decisions[last].Stage == CheckpointStage.Rejected ? decisions[last].At : decisions.Skip(last + 1).FirstOrDefault(d => d.Stage == CheckpointStage.Live)?.At;
    }

    internal async Task<WithdrawnKnowledge> Of(IReadOnlyList<CheckpointRecord> checkpoints) => new(checkpoints, await feedback.ReadWithdrawnUses());
}
