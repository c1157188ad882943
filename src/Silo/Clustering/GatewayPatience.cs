using Microsoft.Extensions.Logging;

namespace ChatLoop.Silo.Clustering;

/// <summary>A web server may start before the silos: it waits for the first of them.</summary>
internal sealed partial class GatewayPatience(TimeProvider clock, ILogger<GatewayPatience> log) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        LogNoSilo(exception.Message);
        await Task.Delay(Pause, clock, cancellationToken);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "No silo of the cluster answers yet ({Reason}): trying again. See the section Cluster of the configuration.")]
    private partial void LogNoSilo(string reason);
}
