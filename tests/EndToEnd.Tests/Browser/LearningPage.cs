using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ChatLoop.EndToEnd.Tests.Browser;

/// <summary>The page that shows the loop, left open while it turns: it must update by itself.</summary>
public sealed class LearningPage : IAsyncDisposable
{
    private LearningPage(IPage page) => Page = page;

    public IPage Page { get; }

    public static async Task<LearningPage> Open(IBrowser browser, Uri address)
    {
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1280, Height = 1200 } });
        context.SetDefaultTimeout(120_000);
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(address, "/learning").ToString());
        await Expect(page.GetByTestId("pairs-collected")).ToBeVisibleAsync();
        await Expect(page.GetByTestId("live-version")).ToContainTextAsync("v1");
        return new(page);
    }

    /// <summary>A step of the trainer and its progress bar are on screen.</summary>
    public async Task ExpectTrainingVisible()
    {
        await Expect(Page.GetByTestId("learning-phase")).ToHaveAttributeAsync("data-phase", new Regex("^(rewardModel|rollouts|policyUpdate|gate|publishing)$"));
        await Expect(Page.GetByTestId("learning-progress")).ToBeVisibleAsync();
    }

    public async Task ExpectLive(int version)
    {
        await Expect(RowOf(version)).ToHaveAttributeAsync("data-stage", "live");
        await Expect(Page.GetByTestId("live-version")).ToContainTextAsync(string.Create(CultureInfo.InvariantCulture, $"v{version}"));
        Assert.True(await Page.Locator("canvas").CountAsync() > 0, "The page draws no chart.");
    }

    /// <summary>How long votes took to show in answers, in words.</summary>
    public async Task ExpectLatency() =>
        await Expect(Page.GetByTestId("feedback-latency")).ToContainTextAsync(new Regex(@"half within .+, 95 % within .+, over the last \d+ votes"));

    /// <summary>How the votes stand between a version on trial and the live one.</summary>
    public async Task ExpectTrial(int version)
    {
        await Expect(Page.GetByTestId("trial")).ToHaveAttributeAsync("data-version", version.ToString(CultureInfo.InvariantCulture));
        await Expect(Page.GetByTestId("trial-votes")).ToBeVisibleAsync();
        await Expect(RowOf(version)).ToHaveAttributeAsync("data-stage", "canary");
        await Page.GetByTestId("trial").ScrollIntoViewIfNeededAsync();
        await Screenshots.Save(Page, "trial");
    }

    /// <summary>As somebody who may give orders; comes back to this page.</summary>
    public async Task SignIn(string name, string password)
    {
        await Page.GetByTestId("who-decides").GetByRole(AriaRole.Link).ClickAsync();
        await Page.GetByTestId("account-name").FillAsync(name);
        await Page.GetByTestId("account-password").FillAsync(password);
        await Page.GetByTestId("account-submit").ClickAsync();
        await Expect(Page.GetByTestId("pairs-collected")).ToBeVisibleAsync();
    }

    /// <summary>Gives an order about a version, with its reason.</summary>
    /// <param name="kind">rollBack, promote, stop, pin or unpin.</param>
    public async Task Order(string kind, int version, string reason)
    {
        await RowOf(version).GetByTestId($"order-{kind}").ClickAsync();
        await Page.GetByTestId("order-reason").FillAsync(reason);
        await Page.GetByTestId("order-confirm").ClickAsync();
        await Expect(Page.GetByTestId("order-confirm")).ToHaveCountAsync(0);
    }

    public async Task ExpectDecision(string reason) => await Expect(Page.GetByTestId("decisions")).ToContainTextAsync(reason);

    private ILocator RowOf(int version) =>
        Page.Locator(string.Create(CultureInfo.InvariantCulture, $"[data-testid=checkpoint-row][data-version='{version}']"));

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();
}
