using ChatLoop.Silo.Hosting;

namespace ChatLoop.ChatApi.Notifications;

/// <summary>Follows a grain's stream for as long as the server runs, starting again when it breaks (a silo restarts, a call times out).</summary>
public static partial class Follower
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    public static Task Follow<T>(
        string name, Func<CancellationToken, IAsyncEnumerable<T>> open, Func<T, Task> handle, ILogger logger, CancellationToken stopping) =>
        Persistently.Run(async (heard, stopped) =>
        {
            await foreach (var item in open(stopped).WithCancellation(stopped))
            {
                heard();
                await handle(item);
            }
        }, (error, pause) => LogBroken(logger, name, pause, error), LongestPause, TimeProvider.System, stopping);

    [LoggerMessage(LogLevel.Warning, "Following {Name} broke; trying again in {Pause}.")]
    private static partial void LogBroken(ILogger logger, string name, TimeSpan pause, Exception error);
}
