using ChatLoop.Model.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ChatLoop.Silo.Operations;

/// <summary>
/// Traces of everything that a message and its feedback go through, and logs that name their trace. Without a collector the traces are
/// sent nowhere, but their ids still travel from process to process and stand in the console's log (ADR 0035).
/// </summary>
public static class Telemetry
{
    /// <summary>Of the web server, of calls over its hubs, of calls between grains, and of our own work.</summary>
    private static readonly string[] Sources =
        [Tracing.SourceName, "Microsoft.AspNetCore.SignalR.Server", "Microsoft.Orleans.Application", "Microsoft.Orleans.Runtime"];

    private static readonly string[] Probes = ["/livez", "/readyz", "/health", "/metrics"];

    /// <param name="program">The name under which a collector knows this process.</param>
    /// <exception cref="Contracts.Errors.ChatLoopException">Invalid, naming the setting that cannot work.</exception>
    public static IHostApplicationBuilder AddTelemetry(this IHostApplicationBuilder builder, string program)
    {
        var options = TelemetryOptions.Read(builder.Configuration);
        var version = typeof(Telemetry).Assembly.GetName().Version?.ToString(3);
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(program, "chatloop", version, serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}"))
            .WithTracing(tracing => AddTraces(tracing, options));
        builder.Logging.AddConsole(console => console.FormatterName ??= TracedConsoleFormatter.FormatterName)
            .AddConsoleFormatter<TracedConsoleFormatter, ConsoleFormatterOptions>();
        if (options.Otlp.IsOn) builder.Services.AddOpenTelemetry().WithLogging(logging =>
            logging.AddOtlpExporter(exporter => options.Otlp.Apply(exporter, "logs")), logs => logs.IncludeFormattedMessage = true);
        return builder;
    }

    private static void AddTraces(TracerProviderBuilder tracing, TelemetryOptions options)
    {
        tracing.AddSource(Sources)
            .SetSampler(new ParentBasedSampler(options.Otlp.IsOn ? new RootSampler(options.SampleRatio) : new AlwaysOffSampler()))
            .AddAspNetCoreInstrumentation(web => web.Filter = http => !IsProbe(http.Request.Path));
        // Before the exporter, which sends what it finds.
        tracing.AddProcessor(new WordlessSpans());
        if (options.Otlp.IsOn) tracing.AddOtlpExporter(exporter => options.Otlp.Apply(exporter, "traces"));
    }

    private static bool IsProbe(PathString path) => Array.Exists(Probes, probe => path.StartsWithSegments(probe, StringComparison.OrdinalIgnoreCase));

    /// <summary>A share of what people do, and every training run.</summary>
    private sealed class RootSampler(double ratio) : Sampler
    {
        private readonly TraceIdRatioBasedSampler _share = new(ratio);

        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
            samplingParameters.Name == Tracing.TrainingRun ? new(SamplingDecision.RecordAndSample) : _share.ShouldSample(samplingParameters);
    }
}
