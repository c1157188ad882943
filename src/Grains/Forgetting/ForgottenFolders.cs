using ChatLoop.Contracts.Checkpoints;

namespace ChatLoop.Grains.Forgetting;

/// <summary>Files that learned from what was withdrawn and that nobody needs any more. Folders of the checkpoint store.</summary>
/// <param name="Versions">Retired or rejected ones, long enough ago.</param>
/// <param name="RewardModels">Of runs that made no version.</param>
/// <param name="Keep">Folders of all other versions.</param>
public sealed record ForgottenFolders(IReadOnlyList<CheckpointRecord> Versions, IReadOnlyList<string> RewardModels, IReadOnlySet<string> Keep)
{
    public IReadOnlyList<string> All => [.. Versions.SelectMany(ForgettingSurvey.FoldersOf), .. RewardModels];
}
