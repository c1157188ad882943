using System.Collections.Concurrent;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Trainer.Effects;

namespace ChatLoop.Grains.Tests.Cluster;

/// <summary>
/// An effect worker without models: the i-th answer's log-probability is -10 (i + 1) under the old version and -9 (i + 1) - 1 under
/// the new one, its reward i.
/// </summary>
public sealed class ScriptedEffectWorker : IEffectWorker
{
    public ConcurrentQueue<EffectJob> Asked { get; } = new();

    /// <summary>Versions without files.</summary>
    public HashSet<int> Gone { get; } = [];

    /// <summary>Measurements wait for it.</summary>
    public Task Held { get; set; } = Task.CompletedTask;

    public async Task<MeasuredEffect> Measure(EffectJob job, CancellationToken cancellationToken)
    {
        Asked.Enqueue(job);
        await Held.WaitAsync(cancellationToken);
        if (Gone.Contains(job.Old.Version)) throw ChatLoopException.Conflict($"The files of version {job.Old.Version} are no longer there.");
        return new(
            new("As before.", 3, FinishReason.EndOfTurn, 0.5), new("As now!", 3, FinishReason.EndOfTurn, 1.25),
            [.. job.Answers.Select((a, i) => new MeasuredAnswer(4, a.Finish != FinishReason.Length, -10 * (i + 1), -9 * (i + 1) - 1, i))]);
    }
}
