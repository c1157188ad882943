using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ChatLoop.EndToEnd.Tests.Browser;

/// <summary>Pages beside the chat: opened by somebody new, signed in, and checked for everybody's eyes.</summary>
public static class TestPage
{
    private const int Patience = 120_000;

    /// <summary>In a browser profile of its own.</summary>
    public static async Task<IPage> Open(IBrowser browser, string address)
    {
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1280, Height = 860 } });
        context.SetDefaultTimeout(Patience);
        SetDefaultExpectTimeout(Patience);
        var page = await context.NewPageAsync();
        await page.GotoAsync(address);
        return page;
    }

    /// <summary>Name and password of the form that signs in or up.</summary>
    public static async Task Fill(IPage page, string name, string password)
    {
        await page.GetByTestId("account-name").FillAsync(name);
        await page.GetByTestId("account-password").FillAsync(password);
        await page.GetByTestId("account-submit").ClickAsync();
    }

    /// <summary>No fault that axe knows in either theme, and nothing wider than a phone.</summary>
    public static async Task Check(IPage page, string name)
    {
        // By its tag: behind an open dialog it has no role.
        await Expect(page.Locator("main")).ToBeVisibleAsync();
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            Assert.Empty((await page.RunAxe()).Violations.Select(v => $"{name}: {v.Id}: {v.Help}"));
            await Screenshots.Save(page, $"{name}-{scheme}");
        }
        var wide = page.ViewportSize!;
        await page.SetViewportSizeAsync(360, 740);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= 360"), $"{name} is wider than a phone.");
        await Screenshots.Save(page, $"{name}-phone");
        await page.SetViewportSizeAsync(wide.Width, wide.Height);
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
    }
}
