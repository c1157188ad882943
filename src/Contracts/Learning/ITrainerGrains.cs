using Orleans.Concurrency;

namespace ChatLoop.Contracts.Learning;

/// <summary>
/// Collects feedback into a batch and trains a reward model on it, then hands over to the policy trainer. A durable state
/// machine: after a crash, Resume goes on with the step under way and no step takes effect twice. The key is the model's name.
/// </summary>
[Alias("ChatLoop.IRewardTrainerGrain")]
public interface IRewardTrainerGrain : IGrainWithStringKey
{
    /// <summary>New feedback is durable: start a run if there is enough and none is under way.</summary>
    [OneWay]
    Task FeedbackRecorded();

    /// <summary>Called at start-up and by the policy trainer when its run has ended.</summary>
    Task Resume();

    /// <summary>Starts a run now, unless one is under way, because the live version knows what was withdrawn (ADR 0031).</summary>
    Task StartForgetting();

    /// <summary>The run under way, or the last one.</summary>
    [AlwaysInterleave]
    Task<TrainingRun> GetRun();

    /// <summary>What must have been collected before the next run starts.</summary>
    [AlwaysInterleave]
    Task<RunThreshold> GetNextRun();

    [AlwaysInterleave]
    Task<TrainerStatus> GetStatus();
}

/// <summary>Rollouts, PPO, gate and publication of one run. Durable like the reward trainer. The key is the model's name.</summary>
[Alias("ChatLoop.IPolicyTrainerGrain")]
public interface IPolicyTrainerGrain : IGrainWithStringKey
{
    /// <summary>Starts the run that the reward trainer prepared. Idempotent by run.</summary>
    Task Start(string runId);

    Task Resume();

    [AlwaysInterleave]
    Task<TrainerStatus> GetStatus();
}

/// <summary>The learning page's view, gathered from ledger, trainers and registry. The key is the model's name.</summary>
[Alias("ChatLoop.ILearningGrain")]
public interface ILearningGrain : IGrainWithStringKey
{
    [AlwaysInterleave]
    Task<LearningSnapshot> GetSnapshot();

    /// <summary>The snapshot now and after every change, at most a few times a second.</summary>
    [AlwaysInterleave]
    IAsyncEnumerable<LearningSnapshot> Watch(CancellationToken cancellationToken);
}
