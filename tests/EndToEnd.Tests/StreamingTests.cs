using ChatLoop.Contracts.Conversations;
using ChatLoop.EndToEnd.Tests.Browser;
using ChatLoop.EndToEnd.Tests.Service;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ChatLoop.EndToEnd.Tests;

/// <summary>An answer that takes seconds: it streams, can be stopped, and survives a lost connection and a reload.</summary>
public sealed class StreamingTests(Chromium chromium, StreamingTests.SlowService slow) : IClassFixture<Chromium>, IClassFixture<StreamingTests.SlowService>
{
    [Fact]
    public async Task Stop_keeps_what_was_seen()
    {
        var page = await ChatPage.Open(chromium.Browser, slow.Service.Address);
        await page.Send("Tell me something");
        await Expect(page.LastAnswer.Locator(".answer-text")).ToBeVisibleAsync();
        await Expect(page.LastAnswer).ToHaveAttributeAsync("data-status", "generating");
        await page.Page.Keyboard.PressAsync("Escape");
        await Expect(page.LastAnswer).ToHaveAttributeAsync("data-status", "stopped");
        var shown = await ChatPage.TextOf(page.LastAnswer);
        await page.Page.ReloadAsync();
        await Expect(page.LastAnswer).ToHaveAttributeAsync("data-status", "stopped");
        Assert.Equal(shown, await ChatPage.TextOf(page.LastAnswer));
    }

    [Fact]
    public async Task Lost_connection_in_the_middle_of_an_answer_loses_no_token()
    {
        var page = await ChatPage.Open(chromium.Browser, slow.Service.Address);
        var sockets = new List<IWebSocketRoute>();
        await page.Page.RouteWebSocketAsync(url => url.Contains("/hubs/chat", StringComparison.Ordinal), socket =>
        {
            lock (sockets) sockets.Add(socket);
            socket.ConnectToServer();
        });
        await page.Page.ReloadAsync();
        await page.Send("Tell me more");
        for (var drop = 1; drop <= 2; drop++)
        {
            await Expect(page.LastAnswer.Locator(".answer-text")).ToBeVisibleAsync();
            await Expect(page.LastAnswer).ToHaveAttributeAsync("data-status", "generating");
            IWebSocketRoute current;
            lock (sockets) current = sockets[^1];
            await current.CloseAsync(new() { Code = 1011 });
        }
        await Expect(page.LastAnswer).ToHaveAttributeAsync("data-status", "complete");
        Assert.True(sockets.Count >= 2, "The page never connected again.");
        var shown = await page.LastAnswer.Locator(".answer-text").InnerTextAsync();
        await page.Page.ReloadAsync();
        await Expect(page.LastAnswer).ToHaveAttributeAsync("data-status", "complete");
        Assert.Equal(await page.LastAnswer.Locator(".answer-text").InnerTextAsync(), shown);
    }

    [Fact]
    public async Task Reload_in_the_middle_of_an_answer_goes_on_with_it()
    {
        var page = await ChatPage.Open(chromium.Browser, slow.Service.Address);
        await page.Send("And once more");
        await Expect(page.LastAnswer.Locator(".answer-text")).ToBeVisibleAsync();
        await page.Page.ReloadAsync();
        await Expect(page.LastAnswer).ToHaveAttributeAsync("data-status", "complete");
        Assert.Equal(1, await page.Answers.CountAsync());
    }

    [Fact]
    public async Task Answer_cut_by_a_crash_is_shown_as_interrupted_with_its_text()
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await using var service = await ChatLoopService.Start(guard.Token, ("Model:Starter", slow.Model.Folder));
        using var user = await ChatUser.Visit(service.Address, guard.Token);
        var conversation = await user.NewConversation(guard.Token);
        var run = await user.Send(conversation.ConversationId, "Tell me something", null, null, guard.Token);
        while ((await user.Conversation(conversation.ConversationId, guard.Token)).Turns[^1].Text.Length < 20)
            await Task.Yield();
        await service.Kill();
        await service.Restart(guard.Token);
        user.MoveTo(service.Address);
        var turn = (await user.Conversation(conversation.ConversationId, guard.Token)).Turns.Single(t => t.TurnId == run.AnswerTurnId);
        Assert.Equal(TurnStatus.Interrupted, turn.Status);
        var again = await user.AnswerAgain(conversation.ConversationId, run.UserTurnId, null, null, guard.Token);
        Assert.NotEqual(run.AnswerTurnId, again.AnswerTurnId);
    }

    /// <summary>One service with the slow model for all tests here.</summary>
    public sealed class SlowService : IAsyncLifetime
    {
        private ChatLoopService? _service;

        public SlowModel Model { get; } = new();
        public ChatLoopService Service => _service ?? throw new InvalidOperationException("Not started.");

        public async ValueTask InitializeAsync()
        {
            using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            _service = await ChatLoopService.Start(guard.Token, ("Model:Starter", Model.Folder));
        }

        public async ValueTask DisposeAsync()
        {
            if (_service is not null) await _service.DisposeAsync();
            Model.Dispose();
        }
    }
}
