using ChatLoop.Model.Generation;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ChatLoop.ChatApi.Health;

/// <summary>/livez: the process answers. /readyz: it can chat, too. /health: both, in words.</summary>
public static class HealthEndpoints
{
    private const string Ready = "ready";

    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddHealthChecks().AddCheck<CheckpointCheck>("checkpoint", tags: [Ready]);
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
    private sealed class CheckpointCheck(IPolicyEngine engine) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(engine.LiveVersion is { } version
                ? HealthCheckResult.Healthy($"v{version} is live.")
                : HealthCheckResult.Unhealthy("No checkpoint is loaded yet."));
    }
}
