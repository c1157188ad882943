using ChatLoop.ChatApi.Limits;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;

namespace ChatLoop.ChatApi.Conversations;

/// <summary>Reading a run's numbered log, the same over server-sent events and the hub.</summary>
public static class WatchRun
{
    public static IAsyncEnumerable<RunEvent> Watch(ConversationCalls calls, string runId, int fromSeq, CancellationToken cancellationToken)
    {
        Ids.RequireKnownShape(runId, "run");
        return fromSeq >= 1
            ? calls.Grain.Watch(calls.UserId, runId, fromSeq, cancellationToken)
            : throw ChatLoopException.Invalid("'fromSeq' is the number of the first event wanted: 1 or more.");
    }
}
