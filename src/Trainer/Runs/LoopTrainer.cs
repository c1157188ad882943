using ChatLoop.Model.Checkpoints;

namespace ChatLoop.Trainer.Runs;

/// <summary>
/// The steps of a training run over a checkpoint store. All of them run on one training thread of this trainer, one after the
/// other. Disposing cancels what runs; a step that was cancelled or killed is asked for again and goes on
/// where it was (docs/adr/0014).
/// </summary>
public sealed class LoopTrainer : ILoopTrainer, IDisposable
{
    private readonly StepContext _context;
    private readonly TrainingThread _thread;

    /// <exception cref="Contracts.Errors.ChatLoopException">A setting is out of range; the message names it.</exception>
    public LoopTrainer(CheckpointStore store, LearningOptions options)
    {
        options.Validate();
        _context = new(store, options, new TrainingWorkers(options.Workers, options.IntraOpThreads));
        _thread = new TrainingThread(options.IntraOpThreads);
    }

    public Task<RewardModelReport> TrainRewardModel(
        RewardModelJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken) =>
        _thread.Run(token => new RewardModelStep(_context).Run(job, progress, token), cancellationToken);

    public Task<PolicyReport> TrainPolicy(PolicyJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken) =>
        _thread.Run(token => new PolicyStep(_context).Run(job, progress, token), cancellationToken);

    public Task<GateOutcome> Judge(GateJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken) =>
        _thread.Run(token => new GateStep(_context).Run(job, progress, token), cancellationToken);

    /// <inheritdoc/>
    public Task Abandon(string outputFolder, CancellationToken cancellationToken) => _thread.Run(_ =>
    {
        _context.Abandon(outputFolder);
        return true;
    }, cancellationToken);

    public void Dispose()
    {
        _thread.Dispose();
        _context.Workers.Dispose();
    }
}
