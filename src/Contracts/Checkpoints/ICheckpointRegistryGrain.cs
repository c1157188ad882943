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

    /// <summary>Records the gate's decision and, if it passed, makes the candidate live. Idempotent.</summary>
    Task<CheckpointRecord> Decide(int version, GateReport gate, CheckpointMetrics metrics);

    /// <summary>Makes an earlier live version live again. Conflict where it learned from feedback that was withdrawn since.</summary>
    Task<CheckpointRecord> Rollback(int version, string reason);

    /// <summary>The same where no other version is intact: better one that learned from what was withdrawn than none.</summary>
    Task<CheckpointRecord> RollbackToIntact(int version, string reason);

    /// <summary>Notes that the files of a version which learned from withdrawn feedback were deleted. Idempotent.</summary>
    Task NoteRemoval(int version);

    /// <summary>Notes when a version reached a milestone for the first time. False when that was known already.</summary>
    Task<bool> Reached(int version, ServingMilestone milestone, DateTimeOffset at);

    [AlwaysInterleave]
    Task<CheckpointRecord> GetLive();

    /// <summary>Oldest first.</summary>
    [AlwaysInterleave]
    Task<IReadOnlyList<CheckpointRecord>> List();

    [AlwaysInterleave]
    Task<IReadOnlyList<RegistryDecision>> Decisions();

    /// <summary>The live checkpoint now, then each one that becomes live.</summary>
    [AlwaysInterleave]
    IAsyncEnumerable<CheckpointRecord> WatchLive(CancellationToken cancellationToken);
}
