using System.Collections.Concurrent;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChatLoop.ChatApi.Tests.Telemetry;

/// <summary>A span as a collector gets it; ids in hexadecimal.</summary>
public sealed record CollectedSpan(string TraceId, string SpanId, string ParentId, string Name);

/// <summary>Takes what is sent by OpenTelemetry's protocol over HTTP, and keeps it.</summary>
public sealed class OtlpCollector : IAsyncDisposable
{
    // Field numbers of opentelemetry/proto: TracesData, ResourceSpans, ScopeSpans, Span.
    private const int ResourceSpans = 1, ScopeSpans = 2, Spans = 2, TraceId = 1, SpanId = 2, ParentId = 4, Name = 5;

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<byte[]> _bodies = new();
    private readonly ConcurrentQueue<CollectedSpan> _spans = new();

    private OtlpCollector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.MapPost("/v1/{signal}", Take);
    }

    public string Address => _app.Urls.Single();

    public IReadOnlyList<CollectedSpan> All => [.. _spans];

    /// <summary>Everything that was sent, traces and logs.</summary>
    public string Bytes => string.Concat(_bodies.Select(Encoding.Latin1.GetString));

    public static async Task<OtlpCollector> Start()
    {
        var collector = new OtlpCollector();
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Take(HttpContext http, string signal)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        _bodies.Enqueue(body.ToArray());
        if (signal != "traces") return;
        foreach (var span in Fields(body.ToArray(), ResourceSpans).SelectMany(r => Fields(r, ScopeSpans)).SelectMany(s => Fields(s, Spans)))
            _spans.Enqueue(new(Hex(span, TraceId), Hex(span, SpanId), Hex(span, ParentId), Encoding.UTF8.GetString(Fields(span, Name).Single())));
    }

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Fields(message, field).SingleOrDefault() ?? []);

    private static List<byte[]> Fields(byte[] message, int field)
    {
        using var reader = new CodedInputStream(message);
        List<byte[]> found = [];
        while (reader.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                found.Add(reader.ReadBytes().ToByteArray());
            else reader.SkipLastField();
        }
        return found;
    }
}
