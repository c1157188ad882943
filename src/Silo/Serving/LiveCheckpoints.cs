using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Grains.Learning;
using ChatLoop.Silo.Hosting;

namespace ChatLoop.Silo.Serving;

/// <summary>Follows the registry's live checkpoint (ADR 0005), whatever happens to the connection.</summary>
internal sealed class LiveCheckpoints(IGrainFactory grains, TimeProvider clock)
{
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    public ICheckpointRegistryGrain Registry => grains.GetGrain<ICheckpointRegistryGrain>(ServedModel.Name);

    /// <summary>Hands on the live checkpoint, then each one that goes live, until it is cancelled. What fails is tried again.</summary>
    /// <param name="retried">Gets the error and the pause before the next try.</param>
    public Task Follow(Func<CheckpointRecord, CancellationToken, Task> serve, Action<Exception, TimeSpan> retried, CancellationToken stoppingToken) =>
        Persistently.Run(async (served, stopping) =>
        {
            await foreach (var live in Registry.WatchLive(stopping).WithCancellation(stopping))
            {
                await serve(live, stopping);
                served();
            }
        }, retried, LongestRetry, clock, stoppingToken);
}
