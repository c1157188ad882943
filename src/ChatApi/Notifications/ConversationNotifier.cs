using System.Threading.Channels;
using ChatLoop.ChatApi.Conversations;
using Microsoft.AspNetCore.SignalR;

namespace ChatLoop.ChatApi.Notifications;

/// <summary>Tells a user's other pages that a conversation changed. Calls only queue: no request waits for a slow page.</summary>
public sealed partial class ConversationNotifier(
    ConnectedUsers connectedUsers, Backplane backplane, IHubContext<ChatHub, IChatPage> pages, ILogger<ConversationNotifier> logger) : BackgroundService
{
    private readonly Channel<(string UserId, string ConversationId)> _changes = Channel.CreateUnbounded<(string, string)>();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>The conversation was made, renamed, deleted, or a comparison in it was decided.</summary>
    public void Changed(ConversationCalls calls)
    {
        if (MayListen(calls.UserId)) _changes.Writer.TryWrite((calls.UserId, calls.ConversationId));
    }

    /// <summary>A run started; its end is told as well.</summary>
    public void RunStarted(ConversationCalls calls, string runId)
    {
        if (!MayListen(calls.UserId)) return;
        Changed(calls);
        _ = TellEnd(calls, runId);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (userId, conversationId) in _changes.Reader.ReadAllAsync(stoppingToken)) await Tell(userId, conversationId);
    }

    private async Task Tell(string userId, string conversationId)
    {
        try
        {
            await pages.Clients.User(userId).ConversationChanged(conversationId);
        }
#pragma warning disable CA1031 // The backplane may be away: the page reads its conversations anew when it is opened, and later news are told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotTold(logger, conversationId, e);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _stopping.Dispose();
        base.Dispose();
    }

    /// <summary>Who is connected to another server is not known here.</summary>
    private bool MayListen(string userId) => backplane.IsOn || connectedUsers.Contains(userId);

    private async Task TellEnd(ConversationCalls calls, string runId)
    {
        try
        {
            await foreach (var _ in calls.Grain.Watch(calls.UserId, runId, fromSeq: 1, _stopping.Token).WithCancellation(_stopping.Token)) { }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
#pragma warning disable CA1031 // The page reads the run itself; this is only news for the others.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogLost(logger, runId, e);
        }
        Changed(calls);
    }

    [LoggerMessage(LogLevel.Warning, "The end of run {RunId} was not seen.")]
    private static partial void LogLost(ILogger logger, string runId, Exception error);

    [LoggerMessage(LogLevel.Warning, "The pages were not told that conversation {ConversationId} changed.")]
    private static partial void LogNotTold(ILogger logger, string conversationId, Exception error);
}
