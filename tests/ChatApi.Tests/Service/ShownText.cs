using ChatLoop.Contracts.Generation;

namespace ChatLoop.ChatApi.Tests.Service;

/// <summary>What a page shows of a run after the events that it got.</summary>
public static class ShownText
{
    public static string Of(IEnumerable<RunEvent> events) => events.Aggregate("", (text, next) => next.Kind switch
    {
        RunEventKind.Snapshot => next.Text,
        RunEventKind.Delta => text + next.Text,
        _ => text,
    });
}
