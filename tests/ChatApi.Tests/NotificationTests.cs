using System.Threading.Channels;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using Microsoft.AspNetCore.SignalR.Client;

namespace ChatLoop.ChatApi.Tests;

/// <summary>What the pages of a user are told without asking.</summary>
public sealed class NotificationTests(NotificationTests.QuickLearner server) : IClassFixture<NotificationTests.QuickLearner>
{
    private static CancellationToken Cancel => HangGuard.Token;

    [Fact]
    public async Task Other_tab_hears_of_runs_and_verdicts_and_another_user_of_nothing()
    {
        using var visitor = new TestVisitor(server);
        using var stranger = new TestVisitor(server);
        await using var page = await Page.Open(visitor);
        await using var foreignPage = await Page.Open(stranger);
        var id = await visitor.NewConversation();
        Assert.Equal(id, await page.Conversations.ReadAsync(Cancel));
        var script = server.Engine.Script("Tell the others");
        await visitor.Send(id, "Tell the others");
        Assert.Equal(id, await page.Conversations.ReadAsync(Cancel));
        Assert.False(page.Conversations.TryPeek(out _));
        script.End();
        Assert.Equal(id, await page.Conversations.ReadAsync(Cancel));
        Assert.NotEqual(Contracts.Conversations.TurnStatus.Generating, (await visitor.Conversation(id)).Turns[1].Status);

        var own = await stranger.NewConversation();
        Assert.Equal(own, await foreignPage.Conversations.ReadAsync(Cancel));
    }

    [Fact]
    public async Task Superseded_and_withdrawn_judgements_are_told()
    {
        using var visitor = new TestVisitor(server);
        await visitor.GrantConsent();
        await using var page = await Page.Open(visitor);
        var id = await visitor.NewConversation();
        var run = await visitor.Ask(id, "Hello");
        var (up, down) = (TestVisitor.NewId(), TestVisitor.NewId());
        await visitor.Put($"/api/v1/feedback/{up}", new { kind = "thumb", conversationId = id, turnId = run.AnswerTurnId, thumb = "up" });
        await page.ExpectFeedback(up, FeedbackState.Recorded);
        await visitor.Put($"/api/v1/feedback/{down}", new { kind = "thumb", conversationId = id, turnId = run.AnswerTurnId, thumb = "down" });
        await page.ExpectFeedback(up, FeedbackState.Superseded);
        await page.ExpectFeedback(down, FeedbackState.Recorded);
        await visitor.Delete($"/api/v1/feedback/{down}");
        await page.ExpectFeedback(down, FeedbackState.Withdrawn);
    }

    [Fact]
    public async Task Training_run_is_told_from_first_batch_to_live_version()
    {
        using var visitor = new TestVisitor(server);
        await visitor.GrantConsent();
        await using var page = await Page.Open(visitor);
        List<string> given = [];
        for (var pair = 0; pair < QuickLearner.PairsPerRun; pair++)
        {
            var (id, comparison) = await visitor.NewPair();
            given.Add((await visitor.Judge(id, comparison, PairVerdict.Left)).Submission.FeedbackId);
        }
        await page.ExpectFeedback(given[0], FeedbackState.InTraining);
        server.Trainer.FinishRun();
        var live = await page.Live.ReadAsync(Cancel);
        Assert.Equal((2, 1, CheckpointStage.Live), (live.Version, live.Parent!.Value, live.Stage));
        Assert.Equal(2, (await page.ExpectFeedback(given[0], FeedbackState.Learned)).LearnedInVersion);

        await using var learning = visitor.Hub("/hubs/learning");
        await learning.StartAsync(Cancel);
        await foreach (var snapshot in learning.StreamAsync<LearningSnapshot>("Watch", Cancel))
        {
            if (snapshot.Trainer.Phase != LearningPhase.Collecting) continue;
            Assert.Equal(2, snapshot.Checkpoints.Single(c => c.Stage == CheckpointStage.Live).Version);
            break;
        }
        using var admin = await TestVisitor.Admin(server);
        var back = (await admin.Post("/api/v1/checkpoints/1/live", new { reason = "It was kinder." })).Ok<CheckpointRecord>();
        Assert.Equal((1, CheckpointStage.Live), (back.Version, back.Stage));
        Assert.Equal(1, (await page.Live.ReadAsync(Cancel)).Version);
    }

    /// <summary>Learns from few pairs.</summary>
    public sealed class QuickLearner : ChatLoopServer
    {
        public const int PairsPerRun = 2;

        protected override IEnumerable<string> Settings => [$"--Learning:PairsPerRun={PairsPerRun}"];
    }

    /// <summary>A page: the chat hub's connection and what it was told.</summary>
    private sealed class Page : IAsyncDisposable
    {
        private readonly HubConnection _hub;
        private readonly Channel<FeedbackStatus> _feedback = Channel.CreateUnbounded<FeedbackStatus>();
        private readonly Channel<CheckpointRecord> _live = Channel.CreateUnbounded<CheckpointRecord>();
        private readonly Channel<string> _conversations = Channel.CreateUnbounded<string>();

        private Page(HubConnection hub)
        {
            _hub = hub;
            hub.On<FeedbackStatus>("FeedbackChanged", status => _feedback.Writer.TryWrite(status));
            hub.On<CheckpointRecord>("LiveVersionChanged", live => _live.Writer.TryWrite(live));
            hub.On<string>("ConversationChanged", id => _conversations.Writer.TryWrite(id));
        }

        public ChannelReader<string> Conversations => _conversations.Reader;
        public ChannelReader<CheckpointRecord> Live => _live.Reader;

        public static async Task<Page> Open(TestVisitor visitor)
        {
            await visitor.Get("/api/v1/me");
            var page = new Page(visitor.Hub("/hubs/chat"));
            await page._hub.StartAsync(Cancel);
            // An answered call shows that the server has finished connecting.
            await Assert.ThrowsAnyAsync<Exception>(() => page._hub.InvokeAsync("Stop", "none", "none", 0, Cancel));
            return page;
        }

        public async Task<FeedbackStatus> ExpectFeedback(string feedbackId, FeedbackState state)
        {
            await foreach (var status in _feedback.Reader.ReadAllAsync(Cancel))
                if (status.Submission.FeedbackId == feedbackId && status.State == state) return status;
            throw new InvalidOperationException("The connection ended.");
        }

        public ValueTask DisposeAsync() => _hub.DisposeAsync();
    }
}
