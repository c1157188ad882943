namespace ChatLoop.Trainer.Effects;

/// <summary>Measures effects on a thread of its own, one at a time.</summary>
public interface IEffectWorker
{
    /// <exception cref="Contracts.Errors.ChatLoopException">
    /// Conflict when the files of a version are gone, DamagedCheckpoint when they are damaged, Busy when too many wait.
    /// </exception>
    Task<MeasuredEffect> Measure(EffectJob job, CancellationToken cancellationToken);
}
