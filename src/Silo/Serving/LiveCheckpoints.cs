using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Grains.Learning;

namespace ChatLoop.Silo.Serving;

/// <summary>Follows the registry's live checkpoint (ADR 0005), whatever happens to the connection.</summary>
internal sealed class LiveCheckpoints(IGrainFactory grains, TimeProvider clock)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    public ICheckpointRegistryGrain Registry => grains.GetGrain<ICheckpointRegistryGrain>(ServedModel.Name);

    /// <summary>Hands on the live checkpoint, then each one that goes live, until it is cancelled. What fails is tried again.</summary>
    /// <param name="retried">Gets the error and the pause before the next try.</param>
    public async Task Follow(Func<CheckpointRecord, CancellationToken, Task> serve, Action<Exception, TimeSpan> retried, CancellationToken stoppingToken)
    {
        var delay = FirstRetry;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var live in Registry.WatchLive(stoppingToken).WithCancellation(stoppingToken))
                {
                    await serve(live, stoppingToken);
                    delay = FirstRetry;
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                retried(error, delay);
            }
            await Task.Delay(delay, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LongestRetry.Ticks));
        }
    }
}
