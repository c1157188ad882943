using System.Globalization;
using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ChatLoop.EndToEnd.Tests.Browser;

/// <summary>The chat page, used as a person uses it. Each page is its own visitor.</summary>
public sealed class ChatPage
{
    /// <summary>Training on two cores slows the page's service; a hang guard, not an expectation.</summary>
    private const float Patience = 120_000;

    private ChatPage(IPage page) => Page = page;

    public IPage Page { get; }
    public ILocator Composer => Page.GetByTestId("composer");
    public ILocator Answers => Page.GetByTestId("message-assistant");
    public ILocator Questions => Page.GetByTestId("message-user");
    public ILocator LastAnswer => Answers.Last;

    public static async Task<ChatPage> Open(IBrowser browser, Uri address, BrowserNewContextOptions? options = null)
    {
        var context = await browser.NewContextAsync(options ?? new() { ViewportSize = new() { Width = 1280, Height = 860 } });
        context.SetDefaultTimeout(Patience);
        var page = await context.NewPageAsync();
        SetDefaultExpectTimeout(Patience);
        await page.GotoAsync(address.ToString());
        await Expect(page.GetByTestId("composer")).ToBeVisibleAsync();
        return new(page);
    }

    public async Task Send(string text)
    {
        await Composer.FillAsync(text);
        await Composer.PressAsync("Enter");
        await Expect(Questions.Last).ToContainTextAsync(text);
    }

    /// <summary>Sends and waits for the whole answer.</summary>
    public async Task<string> Ask(string text)
    {
        var answers = await Answers.CountAsync();
        await Send(text);
        await Expect(Answers).ToHaveCountAsync(answers + 1);
        await Expect(LastAnswer).ToHaveAttributeAsync("data-status", "complete");
        return await TextOf(LastAnswer);
    }

    public static async Task<string> TextOf(ILocator answer) => (await answer.Locator(".answer-text").InnerTextAsync()).Trim();

    /// <summary>Opens an empty conversation. Returns once the one before is gone, so that nobody counts its answers.</summary>
    public async Task NewConversation()
    {
        await Page.GetByTestId("new-conversation").First.ClickAsync();
        await Expect(Answers).ToHaveCountAsync(0);
    }

    /// <summary>Consent is asked once, before the first rating.</summary>
    public async Task GrantConsentIfAsked(ILocator done)
    {
        var grant = Page.GetByTestId("consent-grant");
        await Expect(grant.Or(done).First).ToBeVisibleAsync();
        if (await grant.IsVisibleAsync()) await grant.ClickAsync();
    }

    /// <summary>A question, a second answer, and the verdict of a person with this preference.</summary>
    public async Task JudgePairByHand(Func<string, bool> hasTrait, string question)
    {
        await NewConversation();
        await Ask(question);
        await LastAnswer.GetByTestId("compare").ClickAsync();
        var comparison = Page.GetByTestId("comparison");
        await Expect(comparison).ToBeVisibleAsync();
        await Expect(comparison.GetByTestId("verdict-left")).ToBeEnabledAsync();
        var texts = await comparison.Locator(".answer-text").AllInnerTextsAsync();
        Assert.Equal(2, texts.Count);
        Assert.Equal(0, await comparison.GetByTestId("version-badge").CountAsync());
        var verdict = (hasTrait(texts[0].Trim()), hasTrait(texts[1].Trim())) switch
        {
            (true, false) => "verdict-left",
            (false, true) => "verdict-right",
            _ => "verdict-tie",
        };
        await comparison.GetByTestId(verdict).ClickAsync();
        await GrantConsentIfAsked(comparison.GetByTestId("feedback-state"));
        await Expect(comparison.GetByTestId("feedback-state")).ToContainTextAsync(FeedbackStateWords());
    }

    /// <summary>The rater is told which version learned from the judgement.</summary>
    public async Task ExpectLearned() =>
        await Expect(Page.GetByTestId("feedback-state").Last).ToContainTextAsync(new Regex(@"v\d+"));

    /// <summary>My feedback tells what the version that used the judgement answers and prefers, beside the one before it.</summary>
    public async Task ExpectEffect()
    {
        await Page.GetByTestId("my-feedback").ClickAsync();
        await Page.GetByTestId("show-effect").First.ClickAsync();
        var effect = Page.GetByTestId("effect");
        await Expect(effect.GetByTestId("effect-use")).ToContainTextAsync(new Regex(@"^(Version \d+ used this judgement together with \d+ others|This judgement was in the batch)"));
        await Expect(effect.GetByTestId("effect-answer")).ToHaveCountAsync(2);
        await Expect(effect.GetByTestId("effect-judged")).ToHaveCountAsync(2);
        await Expect(effect.GetByTestId("effect-judged").First).ToContainTextAsync(new Regex("likel"));
        Assert.Empty((await Page.RunAxe()).Violations.Select(v => $"{v.Id}: {v.Help}"));
        await Screenshots.Save(Page, "effect");
        // The effect closes before what it was opened from.
        await Page.Keyboard.PressAsync("Escape");
        await Expect(effect).ToHaveCountAsync(0);
        await Expect(Page.GetByTestId("my-feedback-item").First).ToBeVisibleAsync();
        await Page.Keyboard.PressAsync("Escape");
    }

    public async Task ExpectAnswerBy(int version, string question)
    {
        await NewConversation();
        await Ask(question);
        await Expect(LastAnswer.GetByTestId("version-badge")).ToContainTextAsync(string.Create(CultureInfo.InvariantCulture, $"v{version}"));
    }

    private static Regex FeedbackStateWords() => new("Recorded|training|Learned|used|learned");
}
