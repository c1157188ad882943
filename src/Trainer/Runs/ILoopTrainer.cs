using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Learning;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Comments;

namespace ChatLoop.Trainer.Runs;

/// <summary>Progress of one step, 0 to 1, a line for people, and new curve points (may be empty).</summary>
public sealed record TrainingProgress(LearningPhase Phase, double Fraction, string Detail, IReadOnlyList<MetricPoint> Points);

/// <summary>Trains a reward model from the policy's trunk. Folders are relative to the checkpoint store's root.</summary>
public sealed record RewardModelJob(string RunId, FeedbackBatch Batch, string PolicyFolder, string OutputFolder, long Seed);

/// <param name="HeldOutAccuracy">
/// Share of held-out pairs and rankings (ties left out) ordered as the raters did, those of a camp that is not followed left out; NaN without any.
/// </param>
public sealed record RewardModelReport(
    string Folder, string WeightsHash, double TrainingAccuracy, double HeldOutAccuracy, int HeldOutPairs, double TrainingLoss, double LengthCorrelation)
{
    /// <summary>Whether what follows an answer's length was taken out of its score.</summary>
    public bool LengthCorrected { get; init; }
    /// <summary>Raters of a reliability under a half: most of what they say is as good as coin flips.</summary>
    public int DoubtedRaters { get; init; }
    /// <summary>Null when the raters do not contradict each other as groups.</summary>
    public RaterCamps? Camps { get; init; }
    /// <summary>Null without comparisons.</summary>
    public RaterInfluence? Influence { get; init; }
    /// <summary>Accuracy on judgements of prompts that the scoring model had not seen.</summary>
    public IReadOnlyList<KindAccuracy> ByKind { get; init; } = [];
    /// <summary>Whether the comments could be read, and how well.</summary>
    public CommentReading Comments { get; init; } = new();
    /// <summary>Of its probabilities, on the same pairs and rankings.</summary>
    public IReadOnlyList<ReliabilityBin> Calibration { get; init; } = [];
}

/// <summary>Rollouts and PPO from the parent towards the reward model, held near the reference.</summary>
public sealed record PolicyJob(
    string RunId, FeedbackBatch Batch, string ParentFolder, string ReferenceFolder, string RewardModelFolder, string OutputFolder, long Seed);

public sealed record PolicyReport(string Folder, string WeightsHash, double MeanReward, double MeanKl, int Iterations);

/// <summary>Judges a candidate against its parent on prompts that PPO did not see.</summary>
/// <param name="ReplacedFolder">The live version, where the candidate is not its child: it is measured too, and decides nothing.</param>
public sealed record GateJob(
    string RunId, FeedbackBatch Batch, string ParentFolder, string ReferenceFolder, string CandidateFolder, string RewardModelFolder,
    RewardModelReport RewardModel, long Seed, string? ReplacedFolder = null);

public sealed record GateOutcome(GateReport Report, CheckpointMetrics Metrics);

/// <summary>
/// The steps of a training run. Each runs on the trainer's own thread, is deterministic given its job (same job, same files) and
/// may be repeated after a crash: an output folder with a valid manifest is returned as it is, anything else there is replaced. A step that
/// was killed goes on from the resume points beside its output, to the same weights bit for bit.
/// </summary>
public interface ILoopTrainer
{
    Task<RewardModelReport> TrainRewardModel(RewardModelJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken);

    Task<PolicyReport> TrainPolicy(PolicyJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken);

    Task<GateOutcome> Judge(GateJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken);

    /// <summary>Deletes what a step had kept to go on with, once its run has ended and nobody will ask for it again.</summary>
    Task Abandon(string outputFolder, CancellationToken cancellationToken);
}
