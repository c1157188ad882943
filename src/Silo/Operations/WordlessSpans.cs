using System.Diagnostics;
using OpenTelemetry;

namespace ChatLoop.Silo.Operations;

/// <summary>
/// Takes the words of errors out of spans before they are sent, Orleans' among them: they may quote what somebody wrote (ADR 0035). The
/// error's type stays, and the log of its trace says the rest.
/// </summary>
internal sealed class WordlessSpans : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        if (data.Status != ActivityStatusCode.Unset) data.SetStatus(data.Status);
        // Setting null removes; a stack trace begins with the error's words.
        data.SetTag("exception.message", null).SetTag("exception.stacktrace", null);
    }
}
