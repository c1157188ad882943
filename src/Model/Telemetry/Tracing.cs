using System.Diagnostics;

namespace ChatLoop.Model.Telemetry;

/// <summary>
/// The spans of ChatLoop's own work, as System.Diagnostics has them. They say what was done, how long it took and by which version; what
/// people wrote and what was answered is in none of them (ADR 0035).
/// </summary>
public static class Tracing
{
    public const string SourceName = "ChatLoop";
    /// <summary>The first span of a training run, which is always recorded: they are few, and long.</summary>
    public const string TrainingRun = "training run";

    public static readonly ActivitySource Source = new(SourceName);

    /// <summary>A span of work that began elsewhere, in another process or before a restart. Its caller's own trace is left.</summary>
    /// <param name="parent">A W3C traceparent; null or damaged: the span begins a trace of its own.</param>
    public static Activity? StartUnder(string? parent, string name)
    {
        Activity.Current = null;
        return ActivityContext.TryParse(parent, null, isRemote: true, out var context) ? Source.StartActivity(name, ActivityKind.Internal, context) : Source.StartActivity(name);
    }

    /// <summary>The work failed. The error's words stay out, as they may quote what somebody wrote; the log has them.</summary>
    public static void Failed(this Activity? activity, Exception error) => activity?.SetTag("exception.type", error.GetType().FullName).SetStatus(ActivityStatusCode.Error);
}
