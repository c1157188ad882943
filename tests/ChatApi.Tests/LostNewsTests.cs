using System.Threading.Channels;
using ChatLoop.ChatApi.Conversations;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatLoop.ChatApi.Tests;

/// <summary>The backplane may be away while news are told: the server goes on, what was durable stays acknowledged, and later news arrive.</summary>
public sealed class LostNewsTests
{
    [Fact]
    public async Task Conversations_are_told_again_once_the_backplane_is_back()
    {
        var pages = new BrokenOncePages();
        using var notifier = new ConversationNotifier(new ConnectedUsers(), new Backplane(IsOn: true), pages, NullLogger<ConversationNotifier>.Instance);
        await notifier.StartAsync(HangGuard.Token);
        notifier.Changed(new ConversationCalls("ada", "lost", Grain: null!));
        notifier.Changed(new ConversationCalls("ada", "told", Grain: null!));
        Assert.Equal("told", await pages.Told.ReadAsync(HangGuard.Token));
        Assert.False(notifier.ExecuteTask!.IsCompleted);
        await notifier.StopAsync(HangGuard.Token);
    }

    [Fact]
    public async Task Judgement_that_is_durable_is_acknowledged_all_the_same()
    {
        using var notifier = new FeedbackNotifier(
            grains: null!, new ConnectedUsers(), new Backplane(IsOn: true), new BrokenOncePages(), NullLogger<FeedbackNotifier>.Instance);
        await notifier.Changed("ada", new FeedbackStatus
        {
            Submission = new() { FeedbackId = "f", Kind = FeedbackKind.Thumb, ConversationId = "c" },
            Sequence = 1,
            RecordedAt = DateTimeOffset.UnixEpoch,
            State = FeedbackState.Recorded,
        });
    }

    /// <summary>Fails at the first news, as a backplane does whose connection was just lost.</summary>
    private sealed class BrokenOncePages : IHubContext<ChatHub, IChatPage>, IHubClients<IChatPage>, IChatPage
    {
        private readonly Channel<string> _told = Channel.CreateUnbounded<string>();
        private bool _wasBroken;

        public ChannelReader<string> Told => _told.Reader;
        public IHubClients<IChatPage> Clients => this;
        public IGroupManager Groups => throw new NotSupportedException();
        public IChatPage All => this;

        public IChatPage AllExcept(IReadOnlyList<string> excludedConnectionIds) => this;
        public IChatPage Client(string connectionId) => this;
        IChatPage IHubClients<IChatPage>.Clients(IReadOnlyList<string> connectionIds) => this;
        IChatPage IHubClients<IChatPage>.Group(string groupName) => this;
        public IChatPage GroupExcept(string groupName, IReadOnlyList<string> excludedConnectionIds) => this;
        IChatPage IHubClients<IChatPage>.Groups(IReadOnlyList<string> groupNames) => this;
        public IChatPage User(string userId) => this;
        public IChatPage Users(IReadOnlyList<string> userIds) => this;

        public Task FeedbackChanged(FeedbackStatus status) => Tell(status.Submission.FeedbackId);
        public Task LiveVersionChanged(CheckpointRecord live) => Tell("live");
        public Task ConversationChanged(string conversationId) => Tell(conversationId);

        private async Task Tell(string news)
        {
            if (!_wasBroken)
            {
                _wasBroken = true;
                throw new IOException("The connection to Redis is lost.");
            }
            await _told.Writer.WriteAsync(news);
        }
    }
}
