using System.Globalization;
using ChatLoop.EndToEnd.Tests.Browser;
using ChatLoop.EndToEnd.Tests.Service;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ChatLoop.EndToEnd.Tests;

/// <summary>What a person does on the chat page, with the starter model.</summary>
public sealed class ChatPageTests(Chromium chromium, ChatPageTests.StarterService starter)
    : IClassFixture<Chromium>, IClassFixture<ChatPageTests.StarterService>
{
    [Fact]
    public async Task Chat_regenerate_edit_and_branches()
    {
        var page = await ChatPage.Open(chromium.Browser, starter.Service.Address);
        Assert.Contains("12", await page.Ask("What is 7 plus 5?"), StringComparison.Ordinal);
        await Expect(page.LastAnswer.GetByTestId("version-badge")).ToHaveTextAsync("v1");

        await page.LastAnswer.GetByTestId("regenerate").ClickAsync();
        await Expect(page.LastAnswer.Locator(".branch-count")).ToContainTextAsync("2/2");
        await Expect(page.LastAnswer).ToHaveAttributeAsync("data-status", "complete");
        await page.LastAnswer.GetByTestId("branch-prev").ClickAsync();
        await Expect(page.LastAnswer.Locator(".branch-count")).ToContainTextAsync("1/2");

        await page.Questions.Last.HoverAsync();
        await page.Questions.Last.GetByTestId("edit").ClickAsync();
        await page.Page.GetByTestId("edit-box").FillAsync("What is 2 plus 2?");
        await page.Page.GetByTestId("edit-send").ClickAsync();
        await Expect(page.Questions.Last).ToContainTextAsync("2 plus 2");
        await Expect(page.LastAnswer).ToContainTextAsync("4");
        await Expect(page.Questions.Last.Locator(".branch-count")).ToContainTextAsync("2/2");
        await page.Questions.Last.GetByTestId("branch-prev").ClickAsync();
        await Expect(page.Questions.Last).ToContainTextAsync("7 plus 5");
    }

    [Fact]
    public async Task Conversations_are_listed_and_kept_over_a_restart()
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await using var service = await ChatLoopService.Start(guard.Token);
        var page = await ChatPage.Open(chromium.Browser, service.Address);
        var answer = await page.Ask("What is the capital of France?");
        await page.NewConversation();
        await page.Ask("Hello!");
        await Expect(page.Page.GetByTestId("conversation-item")).ToHaveCountAsync(2);

        await service.Stop(guard.Token);
        await service.Restart(guard.Token);
        await page.Page.GotoAsync(service.Address.ToString());
        await Expect(page.Page.GetByTestId("conversation-item")).ToHaveCountAsync(2);
        await page.Page.GetByTestId("conversation-item").Filter(new() { HasText = "capital of France" }).ClickAsync();
        await Expect(page.LastAnswer).ToContainTextAsync(answer.Split('\n')[0]);
    }

    [Fact]
    public async Task Thumb_is_recorded_changed_and_withdrawn_and_counts_once()
    {
        var page = await ChatPage.Open(chromium.Browser, starter.Service.Address);
        await page.Ask("Hello!");
        var up = page.LastAnswer.GetByTestId("thumb-up");
        var down = page.LastAnswer.GetByTestId("thumb-down");
        var state = page.LastAnswer.GetByTestId("feedback-state");
        await up.ClickAsync();
        await page.GrantConsentIfAsked(state);
        await Expect(state).ToHaveTextAsync("Recorded");
        await Expect(up).ToHaveAttributeAsync("aria-pressed", "true");
        await down.ClickAsync();
        await Expect(down).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(up).ToHaveAttributeAsync("aria-pressed", "false");
        await Expect(state).ToHaveTextAsync("Recorded");

        await page.Page.ReloadAsync();
        await Expect(down).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(state).ToHaveTextAsync("Recorded");
        await down.ClickAsync();
        await Expect(state).ToHaveTextAsync("Withdrawn");
        await Expect(down).ToHaveAttributeAsync("aria-pressed", "false");
    }

    [Fact]
    public async Task Compared_answers_are_blind_until_the_verdict()
    {
        var page = await ChatPage.Open(chromium.Browser, starter.Service.Address);
        await page.JudgePairByHand(ScriptedRater.HasTrait, "What is the capital of Kenya?");
        var comparison = page.Page.GetByTestId("comparison");
        await Expect(comparison.GetByTestId("version-badge")).ToHaveCountAsync(2);
        if (Environment.GetEnvironmentVariable("CHATLOOP_SCREENSHOTS") is not null) await Screenshots.Save(page.Page, "comparison");
        await comparison.GetByTestId("verdict-right").ClickAsync();
        await Expect(comparison.GetByTestId("verdict-right")).ToHaveAttributeAsync("aria-pressed", "true");
        await comparison.GetByTestId("verdict-withdraw").ClickAsync();
        await Expect(comparison.GetByTestId("feedback-state")).ToContainTextAsync("Withdrawn");
    }

    [Fact]
    public async Task Bad_input_is_told_in_words_and_nothing_is_lost()
    {
        var page = await ChatPage.Open(chromium.Browser, starter.Service.Address);
        await Expect(page.Page.GetByTestId("send")).ToBeDisabledAsync();
        await page.Composer.FillAsync(new string('x', 8001));
        await Expect(page.Page.GetByText("characters too many")).ToBeVisibleAsync();
        await Expect(page.Page.GetByTestId("send")).ToBeDisabledAsync();
        await page.Page.GotoAsync(new Uri(starter.Service.Address, "/c/not-mine").ToString());
        await Expect(page.Page.GetByText("This conversation is not here")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(ColorScheme.Light, "/")]
    [InlineData(ColorScheme.Dark, "/")]
    [InlineData(ColorScheme.Light, "/learning")]
    [InlineData(ColorScheme.Dark, "/learning")]
    public async Task Pages_have_no_accessibility_violation(ColorScheme scheme, string path)
    {
        var page = await ChatPage.Open(chromium.Browser, starter.Service.Address, new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        await page.Ask("Hello!");
        if (path != "/")
        {
            await page.Page.GotoAsync(new Uri(starter.Service.Address, path).ToString());
            await Expect(page.Page.GetByTestId("pairs-collected")).ToBeVisibleAsync();
        }
        var result = await page.Page.RunAxe();
        Assert.Empty(result.Violations.Select(v => $"{v.Id}: {string.Join(", ", v.Nodes.Select(n => n.Html))}"));
    }

    [Fact]
    public async Task Keyboard_and_phone_width_suffice()
    {
        var page = await ChatPage.Open(chromium.Browser, starter.Service.Address, new() { ViewportSize = new() { Width = 320, Height = 640 } });
        await page.Ask("What is the capital of Japan?");
        var overflow = await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(overflow <= 0, string.Create(CultureInfo.InvariantCulture, $"The page is {overflow} pixels too wide."));
        await page.Composer.FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowUp");
        await Expect(page.Page.GetByTestId("edit-box")).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Locator("body").ClickAsync(new() { Position = new() { X = 2, Y = 300 } });
        await page.Page.Keyboard.PressAsync("?");
        await Expect(page.Page.GetByTestId("keyboard-help")).ToBeVisibleAsync();
    }

    /// <summary>One service with the starter model for the tests that do not need their own.</summary>
    public sealed class StarterService : IAsyncLifetime
    {
        private ChatLoopService? _service;

        public ChatLoopService Service => _service ?? throw new InvalidOperationException("Not started.");

        public async ValueTask InitializeAsync()
        {
            using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            _service = await ChatLoopService.Start(guard.Token);
        }

        public async ValueTask DisposeAsync()
        {
            if (_service is not null) await _service.DisposeAsync();
        }
    }
}
