using System.Net;
using ChatLoop.Grains.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace ChatLoop.Silo.Operations;

/// <summary>
/// /metrics, for whoever watches the service. It says how much people chat and judge, so that by default only this machine may ask;
/// what a proxy on this machine passes on comes from somewhere else.
/// </summary>
public static class Prometheus
{
    private const string Path = "/metrics";
    private static readonly string[] ProxyHeaders = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"];

    public static IServiceCollection AddPrometheus(this IServiceCollection services)
    {
        services.AddOptions<MetricsOptions>().BindConfiguration(MetricsOptions.Section).ValidateOnStart();
        services.AddSingleton<DiskMetrics>();
        services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(ServiceMetrics.MeterName, "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "System.Runtime").AddPrometheusExporter());
        return services;
    }

    /// <summary>Before the endpoints run.</summary>
    public static IApplicationBuilder UseMetricsGuard(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        var mayAsk = IsLocal(http) || http.RequestServices.GetRequiredService<IOptions<MetricsOptions>>().Value.AllowRemote;
        if (mayAsk || !http.Request.Path.StartsWithSegments(Path, StringComparison.OrdinalIgnoreCase)) await next(http);
        else await Refusal(http).ExecuteAsync(http);
    });

    public static IEndpointRouteBuilder MapPrometheus(this IEndpointRouteBuilder app)
    {
        // It measures from now on.
        _ = app.ServiceProvider.GetRequiredService<DiskMetrics>();
        app.MapPrometheusScrapingEndpoint(Path);
        return app;
    }

    private static IResult Refusal(HttpContext http) => Results.Problem(
        $"{Path} answers this machine only. To let others ask: --{MetricsOptions.Section}:{nameof(MetricsOptions.AllowRemote)}=true",
        statusCode: StatusCodes.Status403Forbidden,
        extensions: new Dictionary<string, object?> { ["code"] = "forbidden", ["traceId"] = http.TraceIdentifier });

    private static bool IsLocal(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && !ProxyHeaders.Any(http.Request.Headers.ContainsKey);
}
