using Orleans.Concurrency;

namespace ChatLoop.Contracts.Checkpoints;

/// <summary>Lineage and stages of a model's checkpoints; the key is the model's name ("default").</summary>
[Alias("ChatLoop.ICheckpointRegistryGrain")]
public interface ICheckpointRegistryGrain : IGrainWithStringKey
{
    /// <summary>Registers the starter as version 1 and live, once.</summary>
    Task<CheckpointRecord> EnsureStarter(string folder, string weightsHash);

    /// <summary>The version number of a training run: the same run always gets the same number.</summary>
    Task<int> Reserve(string trainingRunId);

    /// <summary>Adds a candidate. Idempotent by run.</summary>
    Task<CheckpointRecord> Register(CheckpointRecord candidate);

    /// <summary>
    /// Records the gate's decision. A candidate that passed goes live, or on trial as a canary where the settings ask for one, or is held
    /// while a version is pinned. Idempotent.
    /// </summary>
    Task<CheckpointRecord> Decide(int version, GateReport gate, CheckpointMetrics metrics);

    /// <summary>Ends the version's trial as a canary: it goes live, or is stopped. Changes nothing when it is not on trial.</summary>
    /// <param name="by">A user's id or one of <see cref="DecisionMaker"/>.</param>
    Task<CheckpointRecord> EndCanary(int version, bool promote, string reason, string by);

    /// <summary>
    /// Makes a version live that was live before, is on trial or is held. Ends the trial of any other. Conflict while another version is
    /// pinned, and where it learned from feedback that was withdrawn since.
    /// </summary>
    /// <param name="by">A user's id or one of <see cref="DecisionMaker"/>.</param>
    Task<CheckpointRecord> MakeLive(int version, string reason, string by);

    /// <summary>
    /// The same where the live version cannot be served and no better one is intact: whatever is pinned, and better a version that learned from
    /// what was withdrawn than none.
    /// </summary>
    Task<CheckpointRecord> MakeIntactLive(int version, string reason);

    /// <summary>Keeps the live version live until it is unpinned, and stops a canary. Conflict for a version that is not live.</summary>
    Task<VersionPin> Pin(int version, string reason, string by);

    /// <summary>Conflict when the version is not pinned.</summary>
    Task Unpin(int version, string reason, string by);

    [AlwaysInterleave]
    Task<VersionPin?> GetPin();

    /// <summary>Notes that the files of a version which learned from withdrawn feedback were deleted. Idempotent.</summary>
    Task NoteRemoval(int version);

    /// <summary>Notes when a version reached a milestone for the first time. False when that was known already.</summary>
    Task<bool> Reached(int version, ServingMilestone milestone, DateTimeOffset at);

    [AlwaysInterleave]
    Task<CheckpointRecord> GetLive();

    /// <summary>The live version, and the one on trial.</summary>
    [AlwaysInterleave]
    Task<ServedVersions> GetServed();

    /// <summary>Oldest first.</summary>
    [AlwaysInterleave]
    Task<IReadOnlyList<CheckpointRecord>> List();

    [AlwaysInterleave]
    Task<IReadOnlyList<RegistryDecision>> Decisions();

    /// <summary>The live checkpoint now, then each one that becomes live.</summary>
    [AlwaysInterleave]
    IAsyncEnumerable<CheckpointRecord> WatchLive(CancellationToken cancellationToken);

    /// <summary>What is served now, then after each change of it.</summary>
    [AlwaysInterleave]
    IAsyncEnumerable<ServedVersions> WatchServed(CancellationToken cancellationToken);
}
