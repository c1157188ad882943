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
        var row = Page.Locator(string.Create(CultureInfo.InvariantCulture, $"[data-testid=checkpoint-row][data-version='{version}']"));
        await Expect(row).ToHaveAttributeAsync("data-stage", "live");
        await Expect(Page.GetByTestId("live-version")).ToContainTextAsync(string.Create(CultureInfo.InvariantCulture, $"v{version}"));
        Assert.True(await Page.Locator("canvas").CountAsync() > 0, "The page draws no chart.");
    }

    /// <summary>How long votes took to show in answers, in words.</summary>
    public async Task ExpectLatency() =>
        await Expect(Page.GetByTestId("feedback-latency")).ToContainTextAsync(new Regex(@"half within .+, 95 % within .+, over the last \d+ votes"));

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();
}
