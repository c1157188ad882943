using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Trainer.Runs;

/// <summary>
/// A trainer whose checkpoints all silos share: what a step loads is brought here first, and what it made is published before its
/// report is given, so that nobody hears of a checkpoint that only one silo has. An output that another silo has published is taken as it is.
/// </summary>
public sealed class SharingTrainer(ILoopTrainer trainer, ICheckpointExchange checkpoints) : ILoopTrainer, IDisposable
{
    public Task<RewardModelReport> TrainRewardModel(
        RewardModelJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken) =>
        Make(job.OutputFolder, [job.PolicyFolder], () => trainer.TrainRewardModel(job, progress, cancellationToken), cancellationToken);

    public Task<PolicyReport> TrainPolicy(PolicyJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken) =>
        Make(job.OutputFolder, [job.ParentFolder, job.ReferenceFolder, job.RewardModelFolder],
            () => trainer.TrainPolicy(job, progress, cancellationToken), cancellationToken);

    public async Task<GateOutcome> Judge(GateJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        await Ensure([job.ParentFolder, job.ReferenceFolder, job.RewardModelFolder], cancellationToken);
        try
        {
            await checkpoints.TryEnsure(job.CandidateFolder, cancellationToken);
        }
        catch (ChatLoopException damaged) when (damaged.Code == ErrorCode.DamagedCheckpoint)
        {
            // That is for the gate to judge.
        }
        return await trainer.Judge(job, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public Task Abandon(string outputFolder, CancellationToken cancellationToken) => trainer.Abandon(outputFolder, cancellationToken);

    /// <summary>Disposes the trainer, too.</summary>
    public void Dispose() => (trainer as IDisposable)?.Dispose();

    private async Task<T> Make<T>(string output, IReadOnlyList<string> inputs, Func<Task<T>> step, CancellationToken cancellationToken)
    {
        if (!await checkpoints.TryEnsure(output, cancellationToken)) await Ensure(inputs, cancellationToken);
        var report = await step();
        await checkpoints.Publish(output, cancellationToken);
        return report;
    }

    private async Task Ensure(IEnumerable<string> folders, CancellationToken cancellationToken)
    {
        foreach (var folder in folders.Distinct(StringComparer.Ordinal)) await checkpoints.Ensure(folder, cancellationToken);
    }
}
