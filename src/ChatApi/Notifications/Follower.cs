namespace ChatLoop.ChatApi.Notifications;

/// <summary>Follows a grain's stream for as long as the server runs, starting again when it breaks (a silo restarts, a call times out).</summary>
public static partial class Follower
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    public static async Task Follow<T>(
        string name, Func<CancellationToken, IAsyncEnumerable<T>> open, Func<T, Task> handle, ILogger logger, CancellationToken stopping)
    {
        var pause = FirstPause;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await foreach (var item in open(stopping).WithCancellation(stopping))
                {
                    pause = FirstPause;
                    await handle(item);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever broke, notifications go on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogBroken(logger, name, pause, e);
            }
            await Task.Delay(pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Following {Name} broke; trying again in {Pause}.")]
    private static partial void LogBroken(ILogger logger, string name, TimeSpan pause, Exception error);
}
