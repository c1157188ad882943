using System.Diagnostics;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;

namespace ChatLoop.Model.Telemetry;

/// <summary>
/// The span of one answer in the engine, under OpenTelemetry's names for generative models where there is one (gen_ai.*): from the request
/// to the last token, or to its reader's leaving.
/// </summary>
internal sealed class GenerationTrace : IDisposable
{
    private readonly Activity? _activity = Tracing.Source.StartActivity("chat");
    private readonly long _began = Stopwatch.GetTimestamp();
    private int _tokens;
    private int? _version;
    private FinishReason? _finish;

    public void Queued(int promptTokens, int waiting) => _activity?
        .SetTag("gen_ai.operation.name", "chat").SetTag("gen_ai.usage.input_tokens", promptTokens).SetTag("chatloop.answers_waiting", waiting);

    public void Refused() => _activity?.SetStatus(ActivityStatusCode.Error, "Busy");

    public void Add(GeneratedChunk chunk)
    {
        if (_activity is null) return;
        if (_tokens == 0 && chunk.Tokens.Count > 0)
        {
            // Seconds.
            _activity.SetTag("chatloop.time_to_first_token", Stopwatch.GetElapsedTime(_began).TotalSeconds);
            _activity.AddEvent(new("first token"));
        }
        _tokens += chunk.Tokens.Count;
        if (chunk.Tokens is [.., var last])
        {
            if (_version is { } earlier && earlier != last.Version)
                _activity.AddEvent(new("swap", tags: new() { ["chatloop.version"] = last.Version }));
            _version = last.Version;
        }
        _finish = chunk.Finish ?? _finish;
    }

    public void Dispose()
    {
        if (_activity is null) return;
        _activity.SetTag("gen_ai.usage.output_tokens", _tokens).SetTag("chatloop.version", _version)
            .SetTag("gen_ai.response.finish_reasons", new[] { _finish?.ToString() ?? "None" });
        _activity.Dispose();
    }
}
