using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using ChatLoop.EndToEnd.Tests.Browser;
using ChatLoop.EndToEnd.Tests.Service;
using Microsoft.Playwright;
using static ChatLoop.EndToEnd.Tests.Browser.TestPage;
using static Microsoft.Playwright.Assertions;

namespace ChatLoop.EndToEnd.Tests;

/// <summary>Signing up, in and out, API keys and users, as people do it on the pages.</summary>
public sealed partial class AccountPageTests(Chromium chromium, AccountPageTests.ServiceWithAdmin running)
    : IClassFixture<Chromium>, IClassFixture<AccountPageTests.ServiceWithAdmin>
{
    private const string Password = "an old green door";

    private Uri Address => running.Service.Address;

    [Fact]
    public async Task Console_shows_a_link_that_makes_the_first_admin_once()
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await using var service = await ChatLoopService.Start(guard.Token);
        Match link;
        while (!(link = SetUpLink().Match(service.Log)).Success) await Task.Delay(20, guard.Token);
        var page = await Open(link.Value);
        await Expect(page.GetByTestId("account-name")).ToBeVisibleAsync();
        Assert.DoesNotContain("token", page.Url, StringComparison.Ordinal);
        await Check(page, "setup");
        await Fill(page, "anna", "short word");
        Assert.Equal("Make the first admin · ChatLoop", await page.TitleAsync());
        await Fill(page, "anna", "three brown walnuts");
        await Expect(page.GetByTestId("account-menu")).ToContainTextAsync("anna");
        await Expect(page.GetByTestId("account-menu")).ToContainTextAsync("Admin");

        var late = await Open(link.Value);
        await Fill(late, "mallory", "three brown walnuts");
        await Expect(late.GetByTestId("account-problem")).ToContainTextAsync("not good any more");
        await service.Stop(guard.Token);
        await service.Restart(guard.Token);
        Assert.Single(SetUpLink().Matches(service.Log));
    }

    [Fact]
    public async Task Visitor_signs_up_keeps_the_chat_and_signs_in_elsewhere()
    {
        var chat = await ChatPage.Open(chromium.Browser, Address);
        await chat.Ask("What is the capital of France?");
        await chat.Page.GetByTestId("account-menu").ClickAsync();
        await Screenshots.Save(chat.Page, "account-menu");
        await chat.Page.GetByTestId("menu-sign-up").ClickAsync();
        await Check(chat.Page, "sign-up");
        var name = $"berta-{Guid.NewGuid():N}"[..14];
        await Fill(chat.Page, name, Password);
        await Expect(chat.Page.GetByTestId("account-menu")).ToContainTextAsync(name);
        await Expect(chat.Page.GetByTestId("conversation-item")).ToHaveCountAsync(1);

        await chat.Page.GetByTestId("account-menu").ClickAsync();
        await chat.Page.GetByTestId("menu-sign-out").ClickAsync();
        await Expect(chat.Page.GetByTestId("account-menu")).ToContainTextAsync("Not signed in");
        await Expect(chat.Page.GetByTestId("conversation-item")).ToHaveCountAsync(0);

        var elsewhere = await Open(new Uri(Address, "/sign-in").ToString());
        await Check(elsewhere, "sign-in");
        await Fill(elsewhere, name, "not the password");
        await Expect(elsewhere.GetByTestId("account-problem")).ToContainTextAsync("wrong");
        await Fill(elsewhere, name, Password);
        await Expect(elsewhere.GetByTestId("conversation-item")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Key_of_the_page_opens_the_api_until_it_is_revoked()
    {
        var page = await SignedIn($"carl-{Guid.NewGuid():N}"[..14], signUp: true);
        await page.GetByTestId("account-menu").ClickAsync();
        await page.GetByTestId("menu-account").ClickAsync();
        await page.GetByTestId("new-key").ClickAsync();
        await page.GetByTestId("key-name").FillAsync("Nightly report");
        Assert.Equal(0, await page.GetByTestId("scope-admin").CountAsync());
        await Check(page, "api-key-form");
        await page.GetByTestId("make-key").ClickAsync();
        var key = await page.GetByTestId("shown-key").InnerTextAsync();
        await page.GetByTestId("key-done").ClickAsync();
        await Expect(page.GetByTestId("api-key")).ToContainTextAsync("Nightly report");
        Assert.DoesNotContain(key, await page.ContentAsync(), StringComparison.Ordinal);
        await Check(page, "account");

        using var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var cancel = TestContext.Current.CancellationToken;
        using (var made = await http.PostAsync(ChatUser.Relative("/api/v1/conversations"), null, cancel)) Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        await page.GetByTestId("revoke-key").ClickAsync();
        await Expect(page.GetByTestId("api-key")).ToHaveCountAsync(0);
        using var refused = await http.GetAsync(ChatUser.Relative("/api/v1/conversations"), cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task Admin_gives_roles_and_closes_accounts_and_an_open_page_notices()
    {
        var name = $"dora-{Guid.NewGuid():N}"[..14];
        var user = await SignedIn(name, signUp: true);
        await user.GotoAsync(new Uri(Address, "/learning").ToString());
        await Expect(user.GetByTestId("who-decides")).ToContainTextAsync("Only an admin");
        await user.GotoAsync(Address.ToString());
        await Expect(user.GetByTestId("account-menu")).ToContainTextAsync(name);

        var admin = await SignedIn(ServiceWithAdmin.Name, signUp: false, ServiceWithAdmin.AdminPassword);
        await admin.GetByTestId("account-menu").ClickAsync();
        await admin.GetByTestId("menu-users").ClickAsync();
        var row = admin.Locator($"[data-testid=user-row][data-name='{name}']");
        await row.GetByTestId("user-role").SelectOptionAsync("reviewer");
        await Expect(user.GetByTestId("account-menu")).ToContainTextAsync("Reviewer");
        await Check(admin, "users");
        await row.GetByTestId("user-disable").ClickAsync();
        await Expect(row).ToContainTextAsync("Closed");
        await Expect(user).ToHaveURLAsync(new Regex("/sign-in"));
        await admin.GotoAsync(new Uri(Address, "/learning").ToString());
        await Expect(admin.GetByTestId("pairs-collected")).ToBeVisibleAsync();
        await Expect(admin.GetByTestId("who-decides")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Service_without_visitors_shows_the_sign_in_page_alone()
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await using var service = await ChatLoopService.Start(guard.Token,
            ("Identity:Visitors", "false"), ("Identity:SignUp", "false"),
            ("Identity:Admin:Name", ServiceWithAdmin.Name), ("Identity:Admin:Password", ServiceWithAdmin.AdminPassword));
        var page = await Open(new Uri(service.Address, "/learning").ToString());
        await Expect(page).ToHaveURLAsync(new Regex(@"/sign-in\?next=%2Flearning"));
        await Expect(page.GetByTestId("account-name")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Link)).ToHaveCountAsync(0);
        await Fill(page, ServiceWithAdmin.Name, ServiceWithAdmin.AdminPassword);
        await Expect(page.GetByTestId("pairs-collected")).ToBeVisibleAsync();
    }

    private async Task<IPage> SignedIn(string name, bool signUp, string password = Password)
    {
        var page = await Open(new Uri(Address, signUp ? "/sign-up" : "/sign-in").ToString());
        await Fill(page, name, password);
        await Expect(page.GetByTestId("account-menu")).ToContainTextAsync(name);
        return page;
    }

    private Task<IPage> Open(string address) => TestPage.Open(chromium.Browser, address);

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+/setup#token=[\w-]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SetUpLink();

    /// <summary>The real service with the starter model and a configured admin.</summary>
    public sealed class ServiceWithAdmin : IAsyncLifetime
    {
        public const string Name = "boss", AdminPassword = "three brown walnuts";
        private ChatLoopService? _service;

        public ChatLoopService Service => _service ?? throw new InvalidOperationException("Not started.");

        public async ValueTask InitializeAsync() => _service = await ChatLoopService.Start(
            TestContext.Current.CancellationToken, ("Identity:Admin:Name", Name), ("Identity:Admin:Password", AdminPassword));

        public async ValueTask DisposeAsync()
        {
            if (_service is not null) await _service.DisposeAsync();
        }
    }
}
