using ChatLoop.Contracts.Errors;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;

namespace ChatLoop.Silo.Operations;

/// <summary>
/// Where traces and logs go (section "Telemetry"). Nowhere unless an endpoint is set: the service calls nobody by itself. A class and no
/// record, so that it is never printed: headers hold keys.
/// </summary>
public sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>Share of the traces that are sent, 0 to 1; all of training runs.</summary>
    public double SampleRatio { get; set; } = 1;

    public OtlpOptions Otlp { get; set; } = new();

    /// <exception cref="ChatLoopException">Invalid, naming the setting and the fix.</exception>
    public static TelemetryOptions Read(IConfiguration configuration)
    {
        var options = configuration.GetSection(Section).Get<TelemetryOptions>() ?? new();
        if (options.SampleRatio is not (>= 0 and <= 1))
            throw ChatLoopException.Invalid($"{Section}:{nameof(SampleRatio)} is {options.SampleRatio}: it must be 0 to 1.");
        options.Otlp.Validate();
        return options;
    }
}

/// <summary>A collector that speaks OpenTelemetry's protocol.</summary>
public sealed class OtlpOptions
{
    private const string Name = TelemetryOptions.Section + ":Otlp";

    /// <summary>The collector's address, like http://collector:4318; null for none.</summary>
    public string? Endpoint { get; set; }

    public OtlpExportProtocol Protocol { get; set; } = OtlpExportProtocol.HttpProtobuf;

    /// <summary>Of each call to the collector: name=value, separated by commas. May hold a key.</summary>
    public string? Headers { get; set; }

    public bool IsOn => !string.IsNullOrWhiteSpace(Endpoint);

    internal void Validate()
    {
        if (!Enum.IsDefined(Protocol)) throw ChatLoopException.Invalid($"{Name}:{nameof(Protocol)} must be HttpProtobuf or Grpc.");
        if (!IsOn) return;
        if (!Uri.TryCreate(Endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw ChatLoopException.Invalid($"{Name}:{nameof(Endpoint)} is '{Endpoint}': it must be the collector's address, like http://collector:4318.");
        if (Headers is { Length: > 0 } && Headers.Split(',').Any(h => h.IndexOf('=', StringComparison.Ordinal) <= 0))
            throw ChatLoopException.Invalid($"{Name}:{nameof(Headers)} must be name=value, separated by commas.");
    }

    /// <param name="signal">traces or logs.</param>
    internal void Apply(OtlpExporterOptions exporter, string signal)
    {
        exporter.Protocol = Protocol;
        exporter.Endpoint = Protocol == OtlpExportProtocol.Grpc ? new Uri(Endpoint!) : new Uri($"{Endpoint!.TrimEnd('/')}/v1/{signal}");
        if (Headers is { Length: > 0 }) exporter.Headers = Headers;
    }
}
