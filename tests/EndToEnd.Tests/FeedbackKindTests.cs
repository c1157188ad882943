using System.Text.RegularExpressions;
using ChatLoop.EndToEnd.Tests.Browser;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ChatLoop.EndToEnd.Tests;

/// <summary>Every kind of feedback beside thumbs and pairs: given as a person gives it, told to be recorded, and there after a reload.</summary>
public sealed class FeedbackKindTests(Chromium chromium, ChatPageTests.StarterService starter)
    : IClassFixture<Chromium>, IClassFixture<ChatPageTests.StarterService>
{
    [Fact]
    public async Task Stars_are_given_by_keyboard_changed_and_taken_back()
    {
        var page = await OpenAndAsk();
        var rate = page.LastAnswer.GetByTestId("rate");
        var state = page.LastAnswer.GetByTestId("feedback-state");
        await rate.PressAsync("Enter");
        await Expect(page.Page.GetByTestId("star-1")).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(page.Page.GetByTestId("star-2")).ToBeCheckedAsync();
        await Expect(state).ToHaveCountAsync(0);
        await page.Page.Keyboard.PressAsync("4");
        await page.GrantConsentIfAsked(state);
        await Expect(state).ToHaveTextAsync("Recorded");
        await page.Page.ReloadAsync();
        await Expect(rate).ToHaveAttributeAsync("data-stars", "4");
        await Expect(rate).ToHaveAccessibleNameAsync("Rated 4 of 5 stars");

        await rate.ClickAsync();
        await page.Page.GetByTestId("star-2").ClickAsync();
        await Expect(rate).ToHaveAttributeAsync("data-stars", "2");
        await Expect(state).ToHaveTextAsync("Recorded");
        await rate.ClickAsync();
        await page.Page.GetByTestId("rate-withdraw").ClickAsync();
        await Expect(state).ToHaveTextAsync("Withdrawn");
        await Expect(rate).ToHaveAccessibleNameAsync("Rate the answer");
    }

    [Fact]
    public async Task Comment_is_asked_for_after_a_thumb_and_never_forced()
    {
        var page = await OpenAndAsk();
        await page.LastAnswer.GetByTestId("thumb-down").ClickAsync();
        var box = page.LastAnswer.GetByTestId("comment-box");
        await page.GrantConsentIfAsked(box);
        await Expect(page.LastAnswer.GetByText("Tell us why (optional)")).ToBeVisibleAsync();
        await Expect(box).Not.ToBeFocusedAsync();
        await page.LastAnswer.GetByTestId("comment-cancel").ClickAsync();
        await Expect(box).ToHaveCountAsync(0);
        await Expect(page.LastAnswer.GetByTestId("feedback-state")).ToHaveTextAsync("Recorded");

        await page.LastAnswer.GetByTestId("comment").ClickAsync();
        await Expect(box).ToBeFocusedAsync();
        await box.FillAsync(new string('x', 2001));
        await Expect(page.LastAnswer.GetByTestId("comment-count")).ToHaveTextAsync("2,001 / 2,000");
        await Expect(page.LastAnswer.GetByRole(AriaRole.Alert)).ToContainTextAsync("1 character too many");
        await box.FillAsync("It says nothing about the question.");
        await box.PressAsync("Enter");
        var own = page.LastAnswer.GetByTestId("own-comment");
        await ExpectKept(page, own, "It says nothing about the question.");
        await own.GetByTestId("comment-withdraw").ClickAsync();
        await Expect(own).ToHaveCountAsync(0);
        await Expect(page.LastAnswer.GetByTestId("comment")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Correction_is_explained_until_it_changes_something_and_stays_under_the_answer()
    {
        var page = await OpenAndAsk();
        var original = await ChatPage.TextOf(page.LastAnswer);
        await page.LastAnswer.GetByTestId("correct").PressAsync("Enter");
        var box = page.LastAnswer.GetByTestId("correction-box");
        await Expect(box).ToBeFocusedAsync();
        await page.LastAnswer.GetByTestId("correction-send").ClickAsync();
        await Expect(page.LastAnswer.GetByTestId("correction-problem")).ToContainTextAsync("as it was");
        await box.FillAsync(" ");
        await Expect(page.LastAnswer.GetByTestId("correction-problem")).ToContainTextAsync("Write the answer");
        await box.FillAsync("It is **Nairobi**.");
        await box.PressAsync("Escape");
        await page.LastAnswer.GetByTestId("correct").ClickAsync();
        await Expect(box).ToHaveValueAsync("It is **Nairobi**.");
        await box.PressAsync("Control+Enter");
        var own = page.LastAnswer.GetByTestId("own-correction");
        await page.GrantConsentIfAsked(own);
        await ExpectKept(page, own, "It is Nairobi.");
        Assert.Equal(original, await ChatPage.TextOf(page.LastAnswer));
        await own.GetByTestId("correction-withdraw").ClickAsync();
        await Expect(own).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Own_answer_is_begun_from_one_of_the_answers()
    {
        var page = await OpenAndAsk();
        var first = await ChatPage.TextOf(page.LastAnswer);
        await page.LastAnswer.GetByTestId("regenerate").ClickAsync();
        await Expect(page.LastAnswer.Locator(".branch-count")).ToContainTextAsync("2/2");
        await Expect(page.LastAnswer).ToHaveAttributeAsync("data-status", "complete");
        await page.Questions.Last.HoverAsync();
        await page.Questions.Last.GetByTestId("demonstrate").ClickAsync();
        var box = page.Page.GetByTestId("demonstration-box");
        await Expect(box).ToHaveValueAsync("");
        await Expect(page.Page.GetByTestId("begin-from-answer")).ToHaveCountAsync(2);
        await page.Page.GetByTestId("begin-from-answer").First.ClickAsync();
        await Expect(box).ToHaveValueAsync(first);
        await page.Page.GetByTestId("demonstration-send").ClickAsync();
        await Expect(page.Page.GetByTestId("demonstration-problem")).ToContainTextAsync("as it was");
        await box.FillAsync("Nairobi, on the river of that name.");
        await Expect(page.Page.GetByTestId("begin-from-answer")).ToHaveCountAsync(0);
        await page.Page.GetByTestId("demonstration-send").ClickAsync();
        var own = page.Page.GetByTestId("own-demonstration");
        await page.GrantConsentIfAsked(own);
        await ExpectKept(page, own, "Nairobi, on the river of that name.");
    }

    [Fact]
    public async Task Three_answers_are_ranked_by_keyboard_and_blind_until_sent()
    {
        var page = await OpenAndAsk();
        var comparison = page.Page.GetByTestId("comparison");
        await page.LastAnswer.GetByTestId("compare").ClickAsync();
        await Expect(comparison.GetByTestId("verdict-left")).ToBeEnabledAsync();
        await comparison.GetByTestId("add-answer").PressAsync("Enter");
        await Expect(comparison.GetByTestId("message-assistant")).ToHaveCountAsync(3);
        await Expect(comparison.GetByTestId("verdict-left")).ToHaveCountAsync(0);
        await Expect(comparison.GetByTestId("ranking-clear")).ToHaveCountAsync(0);
        await Expect(comparison.GetByTestId("verdict-skip")).ToBeEnabledAsync();
        await page.Page.Locator("body").ClickAsync(new() { Position = new() { X = 2, Y = 500 } });

        // The third is the best, the other two are equally good; a first attempt is cleared.
        await page.Page.Keyboard.PressAsync("1");
        await page.Page.Keyboard.PressAsync("Backspace");
        foreach (var key in (string[])["3", "1", "=", "2"]) await page.Page.Keyboard.PressAsync(key);
        await Expect(comparison.GetByTestId("ranking-order")).ToHaveTextAsync("Best first: 3, then 1 = 2");
        Assert.Equal(0, await comparison.GetByTestId("version-badge").CountAsync());
        await page.Page.Keyboard.PressAsync("Enter");
        await page.GrantConsentIfAsked(comparison.GetByTestId("feedback-state"));
        await Expect(comparison.GetByTestId("feedback-state")).ToHaveTextAsync("Recorded");
        await Expect(comparison.GetByTestId("version-badge")).ToHaveCountAsync(3);

        await page.Page.ReloadAsync();
        await Expect(page.LastAnswer.GetByTestId("review-comparison")).ToHaveTextAsync("Ranked 1st of 3");
        await page.LastAnswer.GetByTestId("review-comparison").ClickAsync();
        await Expect(comparison.GetByTestId("ranking-order")).ToHaveTextAsync("Best first: 3, then 1 = 2");
        await comparison.GetByTestId("message-assistant").First.GetByTestId("place-3").ClickAsync();
        await comparison.GetByTestId("ranking-send").ClickAsync();
        await Expect(comparison.GetByTestId("ranking-send")).ToBeHiddenAsync();
        await Expect(comparison.GetByTestId("ranking-order")).ToHaveTextAsync("Best first: 3, then 2, then 1");
        await comparison.GetByTestId("verdict-withdraw").ClickAsync();
        await Expect(comparison.GetByTestId("feedback-state")).ToHaveTextAsync("Withdrawn");
    }

    [Fact]
    public async Task My_feedback_lists_each_kind_leads_to_it_and_takes_it_back()
    {
        var page = await OpenAndAsk();
        await page.LastAnswer.GetByTestId("correct").ClickAsync();
        await page.LastAnswer.GetByTestId("correction-box").FillAsync("Nairobi.");
        await page.LastAnswer.GetByTestId("correction-send").ClickAsync();
        await page.GrantConsentIfAsked(page.LastAnswer.GetByTestId("own-correction"));
        await Expect(page.LastAnswer.GetByTestId("own-correction")).ToContainTextAsync("Recorded");
        await page.LastAnswer.GetByTestId("rate").ClickAsync();
        await page.Page.GetByTestId("star-5").ClickAsync();
        await Expect(page.LastAnswer.GetByTestId("rate")).ToHaveAttributeAsync("data-stars", "5");
        await page.LastAnswer.GetByTestId("regenerate").ClickAsync();
        await Expect(page.LastAnswer.Locator(".branch-count")).ToContainTextAsync("2/2");
        await Expect(page.LastAnswer).ToHaveAttributeAsync("data-status", "complete");

        await page.Page.GetByTestId("my-feedback").ClickAsync();
        var items = page.Page.GetByTestId("my-feedback-item");
        await Expect(items).ToHaveCountAsync(2);
        await Expect(items.First).ToContainTextAsync("5 of 5 stars");
        await items.First.GetByTestId("withdraw").ClickAsync();
        await Expect(items.First.GetByTestId("feedback-state")).ToHaveTextAsync("Withdrawn");
        await Expect(items.Last).ToContainTextAsync(new Regex("Your correction.*Nairobi", RegexOptions.Singleline));
        await items.Last.GetByTestId("show-feedback").ClickAsync();
        await Expect(page.LastAnswer.Locator(".branch-count")).ToContainTextAsync("1/2");
        await Expect(page.LastAnswer.GetByTestId("own-correction")).ToBeVisibleAsync();
        await Expect(page.LastAnswer.GetByTestId("rate")).ToHaveAccessibleNameAsync("Rate the answer");
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Boxes_for_feedback_have_no_accessibility_violation(ColorScheme scheme)
    {
        var page = await OpenAndAsk(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, ViewportSize = new() { Width = 390, Height = 844 } });
        await page.LastAnswer.GetByTestId("comment").ClickAsync();
        await page.LastAnswer.GetByTestId("comment-send").ClickAsync();
        await page.Questions.Last.GetByTestId("demonstrate").ClickAsync();
        await ExpectNoViolation(page);
        await page.LastAnswer.GetByTestId("rate").ClickAsync();
        await Expect(page.Page.GetByTestId("star-1")).ToBeFocusedAsync();
        await ExpectNoViolation(page);
        await page.Page.Keyboard.PressAsync("Escape");
        await page.LastAnswer.GetByTestId("compare").ClickAsync();
        await Expect(page.Page.GetByTestId("verdict-left")).ToBeEnabledAsync();
        await page.Page.GetByTestId("add-answer").ClickAsync();
        await Expect(page.Page.GetByTestId("verdict-skip")).ToBeEnabledAsync();
        await page.Page.GetByTestId("place-1").First.ClickAsync();
        await ExpectNoViolation(page);
        Assert.True(await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0);
    }

    private async Task<ChatPage> OpenAndAsk(BrowserNewContextOptions? options = null)
    {
        var page = await ChatPage.Open(chromium.Browser, starter.Service.Address, options);
        await page.Ask("What is the capital of Kenya?");
        return page;
    }

    private static async Task ExpectKept(ChatPage page, ILocator own, string text)
    {
        await Expect(own.GetByTestId("feedback-state")).ToHaveTextAsync("Recorded");
        await page.Page.ReloadAsync();
        await Expect(own).ToContainTextAsync(text);
        await Expect(own.GetByTestId("feedback-state")).ToHaveTextAsync("Recorded");
    }

    private static async Task ExpectNoViolation(ChatPage page)
    {
        var result = await page.Page.RunAxe();
        Assert.Empty(result.Violations.Select(v => $"{v.Id}: {string.Join(", ", v.Nodes.Select(n => n.Html))}"));
    }
}
