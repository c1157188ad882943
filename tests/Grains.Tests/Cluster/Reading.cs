using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Contracts.Learning;

namespace ChatLoop.Grains.Tests.Cluster;

/// <summary>What a client does with grains.</summary>
public static class Reading
{
    /// <summary>Only a guard against tests that hang.</summary>
    public static CancellationToken Guard => new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    public static string NewId() => Guid.NewGuid().ToString();

    public static Task<RunReceipt> Say(this IConversationGrain conversation, string user, string text, string? parent = null) =>
        conversation.Send(user, new SendMessage(NewId(), text, parent, Sampling: null));

    /// <summary>Reads a run to its end.</summary>
    public static async Task<List<RunEvent>> ReadAll(this IConversationGrain conversation, string user, string runId, int fromSeq = 1)
    {
        List<RunEvent> events = [];
        await foreach (var next in conversation.Watch(user, runId, fromSeq, Guard).WithCancellation(Guard)) events.Add(next);
        return events;
    }

    /// <summary>Reads until the condition holds, then goes away.</summary>
    public static async Task<List<RunEvent>> ReadUntil(
        this IConversationGrain conversation, string user, string runId, Func<RunEvent, bool> isLast, int fromSeq = 1)
    {
        List<RunEvent> events = [];
        await foreach (var next in conversation.Watch(user, runId, fromSeq, Guard).WithCancellation(Guard))
        {
            events.Add(next);
            if (isLast(next)) break;
        }
        return events;
    }

    /// <summary>The text that a page shows after these events.</summary>
    public static string TextOf(IEnumerable<RunEvent> events) => events.Aggregate("", (text, e) => e.Kind switch
    {
        RunEventKind.Snapshot => e.Text,
        RunEventKind.Delta => text + e.Text,
        _ => text,
    });

    public static async Task<Turn> TurnOf(this IConversationGrain conversation, string user, string turnId) =>
        (await conversation.GetSnapshot(user)).Turns.Single(t => t.TurnId == turnId);

    /// <summary>The first snapshot of the learning page that satisfies the condition.</summary>
    public static async Task<LearningSnapshot> FirstWhere(this ILearningGrain learning, Func<LearningSnapshot, bool> condition)
    {
        await foreach (var snapshot in learning.Watch(Guard).WithCancellation(Guard))
            if (condition(snapshot)) return snapshot;
        throw new InvalidOperationException("The learning feed ended.");
    }

    public static async Task<ChatLoopException> Refuses(ErrorCode code, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<ChatLoopException>(call);
        Assert.Equal(code, error.Code);
        return error;
    }
}
