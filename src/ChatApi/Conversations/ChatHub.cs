using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Generation;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace ChatLoop.ChatApi.Conversations;

/// <summary>What the server tells the pages of a user.</summary>
public interface IChatPage
{
    /// <summary>A judgement of this user changed state.</summary>
    Task FeedbackChanged(FeedbackStatus status);

    /// <summary>Another version is live.</summary>
    Task LiveVersionChanged(CheckpointRecord live);

    /// <summary>A run started or ended, a comparison was decided, or the conversation was made, renamed or deleted.</summary>
    Task ConversationChanged(string conversationId);
}

/// <summary>The chat page's connection: reads runs, stops them, and hears what changed elsewhere.</summary>
[Authorize(Policy = Doors.Chat)]
public sealed class ChatHub(IGrainFactory grains, ConnectedUsers connectedUsers, FeedbackNotifier feedbackNotifier) : Hub<IChatPage>
{
    /// <summary>Reads a run's log from <paramref name="fromSeq"/>, then follows it. Ending the stream never ends the run.</summary>
    public IAsyncEnumerable<RunEvent> Watch(string conversationId, string runId, int fromSeq, CancellationToken cancellationToken) =>
        WatchRun.Watch(ConversationCalls.For(Context.User!, conversationId, grains), runId, fromSeq, cancellationToken);

    /// <summary>Ends a run; the stored text ends where the user saw it end.</summary>
    public Task<Turn> Stop(string conversationId, string runId, int seenSeq) =>
        StopRun.Stop(ConversationCalls.For(Context.User!, conversationId, grains), runId, seenSeq);

    public override async Task OnConnectedAsync()
    {
        var userId = Context.User!.RequiredUserId();
        connectedUsers.Add(userId, Context.ConnectionId);
        await feedbackNotifier.Connected(userId).WaitAsync(Context.ConnectionAborted);
        await base.OnConnectedAsync();
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        connectedUsers.Remove(Context.User!.RequiredUserId(), Context.ConnectionId);
        return base.OnDisconnectedAsync(exception);
    }
}
