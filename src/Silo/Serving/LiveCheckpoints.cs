using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Grains.Learning;
using ChatLoop.Silo.Hosting;

namespace ChatLoop.Silo.Serving;

/// <summary>Follows what the registry says is served (ADR 0005), whatever happens to the connection.</summary>
internal sealed class LiveCheckpoints(IGrainFactory grains, TimeProvider clock)
{
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    public ICheckpointRegistryGrain Registry => grains.GetGrain<ICheckpointRegistryGrain>(ServedModel.Name);

    /// <summary>Hands on the live checkpoint, then each one that goes live, until it is cancelled. What fails is tried again.</summary>
    /// <param name="retried">Gets the error and the pause before the next try.</param>
    public Task Follow(Func<CheckpointRecord, CancellationToken, Task> serve, Action<Exception, TimeSpan> retried, CancellationToken stoppingToken) =>
        Follow(Registry.WatchLive, serve, retried, stoppingToken);

    /// <summary>The same of the live version and the one on trial together.</summary>
    public Task FollowServed(Func<ServedVersions, CancellationToken, Task> serve, Action<Exception, TimeSpan> retried, CancellationToken stoppingToken) =>
        Follow(Registry.WatchServed, serve, retried, stoppingToken);

    private Task Follow<T>(
        Func<CancellationToken, IAsyncEnumerable<T>> watch, Func<T, CancellationToken, Task> serve, Action<Exception, TimeSpan> retried, CancellationToken stoppingToken) =>
        Persistently.Run(async (served, stopping) =>
        {
            await foreach (var next in watch(stopping).WithCancellation(stopping))
            {
                await serve(next, stopping);
                served();
            }
        }, retried, LongestRetry, clock, stoppingToken);
}
