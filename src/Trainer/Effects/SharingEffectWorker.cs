using ChatLoop.Model.Checkpoints;

namespace ChatLoop.Trainer.Effects;

/// <summary>Brings the checkpoints that all silos share here before it has them measured. One that is gone is the worker's to say.</summary>
public sealed class SharingEffectWorker(IEffectWorker worker, ICheckpointExchange checkpoints) : IEffectWorker, IDisposable
{
    public async Task<MeasuredEffect> Measure(EffectJob job, CancellationToken cancellationToken)
    {
        foreach (var folder in new[] { job.Old.Folder, job.New.Folder, job.RewardModelFolder }.OfType<string>().Distinct(StringComparer.Ordinal))
            await checkpoints.TryEnsure(folder, cancellationToken);
        return await worker.Measure(job, cancellationToken);
    }

    /// <summary>Disposes the worker, too.</summary>
    public void Dispose() => (worker as IDisposable)?.Dispose();
}
