using System.Threading.Channels;
using ChatLoop.ChatApi.Conversations;
using ChatLoop.ChatApi.Feedback;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Forgetting;
using ChatLoop.Contracts.Learning;
using Microsoft.AspNetCore.SignalR;

namespace ChatLoop.ChatApi.Notifications;

/// <summary>
/// Tells users what became of their judgements. Whenever a step of training or a user's own call may have changed states, the
/// judgements of the connected users concerned are listed again, and those that differ from what was last told are pushed.
/// </summary>
public sealed partial class FeedbackNotifier(
    IGrainFactory grains, ConnectedUsers connectedUsers, Backplane backplane, IHubContext<ChatHub, IChatPage> pages, ILogger<FeedbackNotifier> logger) : BackgroundService
{
    private readonly Channel<Refreshing> _refreshes = Channel.CreateUnbounded<Refreshing>(new() { SingleReader = true });

    /// <summary>What each connected user was last told. Only the one reader of the channel touches it.</summary>
    private readonly Dictionary<string, Dictionary<string, (FeedbackState, int?, FeedbackLineage?)>> _told = new(StringComparer.Ordinal);

    private object? _lastMilestone;
    private int _lastNewPairs;

    /// <summary>The user gave or withdrew a judgement. It is durable: that it cannot be told must not make it look lost.</summary>
    public async Task Changed(string userId, FeedbackStatus status)
    {
        Refresh(userId);
        if (!backplane.IsOn) return;
        try
        {
            await pages.Clients.User(userId).FeedbackChanged(status);
        }
#pragma warning disable CA1031 // The backplane may be away: other pages list the judgements anew when they are opened.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotTold(logger, userId, e);
        }
    }

    /// <summary>The user changed consent.</summary>
    public void Refresh(string userId)
    {
        if (connectedUsers.Contains(userId)) _refreshes.Writer.TryWrite(new(userId, null));
    }

    /// <summary>A page of the user connected: ends once it is known what later news are measured against.</summary>
    public Task Connected(string userId)
    {
        var listed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _refreshes.Writer.TryWrite(new(userId, listed)) ? listed.Task : Task.CompletedTask;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var watching = Follower.Follow(
            "learning", stopping => grains.GetGrain<ILearningGrain>(ModelName.Default).Watch(stopping), RefreshAtMilestone, logger, stoppingToken);
        await foreach (var (userId, listed) in _refreshes.Reader.ReadAllAsync(stoppingToken))
        {
            await TellChanges(userId);
            listed?.TrySetResult();
        }
        await watching;
    }

    /// <summary>Judgements change state when a run takes them up, and when it ends.</summary>
    private Task RefreshAtMilestone(LearningSnapshot snapshot)
    {
        var live = snapshot.Checkpoints.FirstOrDefault(c => c.Stage == CheckpointStage.Live)?.Version;
        var milestone = (snapshot.Trainer.Phase, snapshot.Trainer.RunId, snapshot.Trainer.LastOutcome, live, snapshot.Decisions.Count);
        // A run shows its phase before it has taken its batch up: then there are fewer new pairs than before.
        var batchTaken = snapshot.Feedback.NewPairs < _lastNewPairs;
        _lastNewPairs = snapshot.Feedback.NewPairs;
        if (batchTaken || !milestone.Equals(_lastMilestone))
        {
            _lastMilestone = milestone;
            foreach (var userId in connectedUsers.All) Refresh(userId);
        }
        return Task.CompletedTask;
    }

    private async Task TellChanges(string userId)
    {
        try
        {
            if (!connectedUsers.Contains(userId))
            {
                _told.Remove(userId);
                return;
            }
            var listed = await grains.LedgerOf(userId).List(userId);
            // A page that just connected lists its judgements itself.
            if (_told.TryGetValue(userId, out var told))
                foreach (var status in listed.Reverse().Where(s => !IsTold(told, s))) await pages.Clients.Clients(connectedUsers.ConnectionsOf(userId)).FeedbackChanged(status);
            _told[userId] = listed.ToDictionary(s => s.Submission.FeedbackId, s => (s.State, s.LearnedInVersion, s.Lineage), StringComparer.Ordinal);
            foreach (var gone in _told.Keys.Except(connectedUsers.All).ToList()) _told.Remove(gone);
        }
#pragma warning disable CA1031 // Whatever broke, later news are told; the page lists anew when it reconnects.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotTold(logger, userId, e);
        }
    }

    private static bool IsTold(Dictionary<string, (FeedbackState, int?, FeedbackLineage?)> told, FeedbackStatus status) =>
        told.TryGetValue(status.Submission.FeedbackId, out var last) && last == (status.State, status.LearnedInVersion, status.Lineage);

    private readonly record struct Refreshing(string UserId, TaskCompletionSource? Listed);

    [LoggerMessage(LogLevel.Warning, "The pages of user {UserId} were not told what became of a judgement.")]
    private static partial void LogNotTold(ILogger logger, string userId, Exception error);
}
