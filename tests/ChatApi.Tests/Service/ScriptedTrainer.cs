using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.ChatApi.Tests.Service;

/// <summary>A trainer that waits at each step until the test lets it go on, and whose candidates always pass the gate.</summary>
public sealed class ScriptedTrainer(CheckpointStore store) : ILoopTrainer, IDisposable
{
    private readonly SemaphoreSlim _steps = new(0);

    public void Dispose() => _steps.Dispose();

    /// <summary>Lets a whole run through.</summary>
    public void FinishRun() => _steps.Release(3);

    public async Task<RewardModelReport> TrainRewardModel(RewardModelJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        await _steps.WaitAsync(cancellationToken);
        progress.Report(new TrainingProgress(LearningPhase.RewardModel, 1, "done", []));
        var hash = TinyCheckpoint.SaveRewardModel(store, job.OutputFolder, job.Seed).WeightsHash;
        // No pair was held out: the accuracy is unknown, which JSON has no number for.
        return new(job.OutputFolder, hash, 1, double.NaN, 0, 0.1, 0);
    }

    public async Task<PolicyReport> TrainPolicy(PolicyJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        await _steps.WaitAsync(cancellationToken);
        progress.Report(new TrainingProgress(LearningPhase.PolicyUpdate, 1, "done", [new("objective/kl", 1, 0.5)]));
        return new(job.OutputFolder, TinyCheckpoint.Save(store, job.OutputFolder, job.Seed + 1).WeightsHash, 0.5, 0.5, 1);
    }

    public Task Abandon(string outputFolder, CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<GateOutcome> Judge(GateJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        await _steps.WaitAsync(cancellationToken);
        return new(
            new GateReport([new("kl", 0.5, 15, "at most", Passed: true)]),
            new CheckpointMetrics { RewardModelAccuracy = double.NaN, Reward = 0.5, Kl = 0.5 });
    }
}
