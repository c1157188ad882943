namespace ChatLoop.Silo.Hosting;

/// <summary>
/// Work that goes on for as long as the process runs: when it ends or breaks it is begun anew, after pauses that double up to a limit.
/// </summary>
public static class Persistently
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    /// <param name="work">Calls its first argument when it got on: the next pause is the shortest one again.</param>
    /// <param name="broken">Gets the error and the pause before the next try.</param>
    /// <returns>Ends when it is stopped.</returns>
    public static async Task Run(
        Func<Action, CancellationToken, Task> work, Action<Exception, TimeSpan> broken, TimeSpan longestPause, TimeProvider clock, CancellationToken stopping)
    {
        var pause = FirstPause;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await work(() => pause = FirstPause, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                broken(error, pause);
            }
            await Task.Delay(pause, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < longestPause ? pause * 2 : longestPause;
        }
    }
}
