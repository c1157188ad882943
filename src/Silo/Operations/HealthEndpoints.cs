using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Placement;
using ChatLoop.Model.Generation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace ChatLoop.Silo.Operations;

/// <summary>/livez: the process answers. /readyz: it can do its part, too. /health: both, in words.</summary>
public static class HealthEndpoints
{
    private const string Ready = "ready";

    /// <param name="roles">Of this process.</param>
    public static IServiceCollection AddHealth(this IServiceCollection services, SiloRole roles)
    {
        var checks = services.AddHealthChecks();
        if (roles.HasFlag(SiloRole.Serve)) checks.AddCheck<EngineCheck>("checkpoint", tags: [Ready]);
        else checks.AddCheck<ClusterCheck>("cluster", tags: [Ready]);
        return services;
    }

    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/livez", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/readyz", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready), ResponseWriter = Write });
        app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = Write });
        return app;
    }

    private static Task Write(HttpContext http, HealthReport report) => http.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString(),
        checks = report.Entries.Select(entry => new { name = entry.Key, status = entry.Value.Status.ToString(), detail = entry.Value.Description }),
    }, http.RequestAborted);

    /// <summary>A checkpoint is loaded and serves.</summary>
    private sealed class EngineCheck(IPolicyEngine engine, IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(Check());

        private HealthCheckResult Check()
        {
            if (lifetime.ApplicationStopping.IsCancellationRequested) return HealthCheckResult.Unhealthy("The answers under way end, then this process.");
            return engine.LiveVersion is { } version
                ? HealthCheckResult.Healthy($"v{version} is live.")
                : HealthCheckResult.Unhealthy("No checkpoint is loaded yet.");
        }
    }

    /// <summary>The cluster answers.</summary>
    private sealed class ClusterCheck(IGrainFactory grains, TimeProvider clock) : IHealthCheck
    {
        private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                var live = await grains.GetGrain<ICheckpointRegistryGrain>(ServedModel.Name).GetLive().WaitAsync(LongestWait, clock, cancellationToken);
                return HealthCheckResult.Healthy($"v{live.Version} is live in the cluster.");
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                return HealthCheckResult.Unhealthy($"The cluster does not answer: {error.Message}");
            }
        }
    }
}
