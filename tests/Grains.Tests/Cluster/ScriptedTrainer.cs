using System.Collections.Concurrent;
using System.Threading.Channels;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Learning;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Grains.Tests.Cluster;

/// <summary>A trainer whose steps end when the test says so.</summary>
public sealed class ScriptedTrainer : ILoopTrainer
{
    private readonly Channel<ScriptedStep> _started = Channel.CreateUnbounded<ScriptedStep>();

    /// <summary>Everything that was asked for, in order.</summary>
    public ConcurrentQueue<ScriptedStep> Asked { get; } = new();

    public bool GatePasses { get; set; } = true;

    public async Task<ScriptedStep> NextStep(LearningPhase phase, CancellationToken cancellationToken)
    {
        var step = await _started.Reader.ReadAsync(cancellationToken);
        Assert.Equal(phase, step.Phase);
        return step;
    }

    /// <summary>Lets a whole run through.</summary>
    public async Task<ScriptedStep> FinishRun(CancellationToken cancellationToken)
    {
        (await NextStep(LearningPhase.RewardModel, cancellationToken)).Finish();
        (await NextStep(LearningPhase.PolicyUpdate, cancellationToken)).Finish();
        var gate = await NextStep(LearningPhase.Gate, cancellationToken);
        gate.Finish();
        return gate;
    }

    public async Task<RewardModelReport> TrainRewardModel(RewardModelJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        await Run(LearningPhase.RewardModel, job, job.RunId, progress, cancellationToken);
        return new(job.OutputFolder, "reward-hash", 0.9, 0.8, job.Batch.HeldOut.Pairs.Count, 0.5, 0.1);
    }

    public async Task<PolicyReport> TrainPolicy(PolicyJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        await Run(LearningPhase.PolicyUpdate, job, job.RunId, progress, cancellationToken);
        return new(job.OutputFolder, $"hash-of-{job.OutputFolder}", 1.5, 3.5, 12);
    }

    public async Task<GateOutcome> Judge(GateJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        await Run(LearningPhase.Gate, job, job.RunId, progress, cancellationToken);
        var check = new GateCheck("kl", GatePasses ? 3.5 : 18.2, 15, "at most 15", GatePasses);
        return new(new GateReport([check]), new CheckpointMetrics { RewardModelAccuracy = 0.8, Reward = 1.5, Kl = check.Value });
    }

    /// <summary>Outputs whose steps' saved progress was deleted.</summary>
    public ConcurrentQueue<string> Abandoned { get; } = new();

    public Task Abandon(string outputFolder, CancellationToken cancellationToken)
    {
        Abandoned.Enqueue(outputFolder);
        return Task.CompletedTask;
    }

    private async Task Run(LearningPhase phase, object job, string runId, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        var step = new ScriptedStep(phase, runId, job, progress);
        Asked.Enqueue(step);
        await _started.Writer.WriteAsync(step, cancellationToken);
        await step.Ended.WaitAsync(cancellationToken);
    }
}

/// <summary>One step under the test's control.</summary>
public sealed class ScriptedStep(LearningPhase phase, string runId, object job, IProgress<TrainingProgress> progress)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LearningPhase Phase => phase;
    public string RunId => runId;
    public object Job => job;
    public Task Ended => _ended.Task;

    public void Report(double fraction, string detail, params MetricPoint[] points) => progress.Report(new(phase, fraction, detail, points));
    public void Finish() => _ended.TrySetResult();
    public void Fail(string message) => _ended.TrySetException(new IOException(message));
}
