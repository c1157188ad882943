using System.Net;
using System.Text.Json;
using ChatLoop.ChatApi.OpenIdConnect;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Errors;
using Microsoft.Extensions.Configuration;

namespace ChatLoop.ChatApi.Tests.Access;

/// <summary>Signing in at a team's identity provider, from the page's link to the session and back.</summary>
public sealed class OpenIdConnectTests(OpenIdConnectTests.TeamServer server) : IClassFixture<OpenIdConnectTests.TeamServer>
{
    private static string NewSubject() => Guid.NewGuid().ToString();

    [Fact]
    public async Task Page_is_told_of_the_provider()
    {
        using var visitor = new TestVisitor(server);
        Assert.Equal("Example", (await visitor.Get("/api/v1/session")).Ok<JsonElement>().GetProperty("openIdConnect").GetString());
    }

    [Fact]
    public async Task Visitor_becomes_the_account_and_the_account_is_found_again()
    {
        server.Provider.Person = new() { ["sub"] = NewSubject(), ["preferred_username"] = "gina" + Guid.NewGuid().ToString("N") };
        using var visitor = new TestVisitor(server);
        var conversation = await visitor.NewConversation();
        var id = await visitor.UserId();
        await SignIn(visitor);
        var me = await visitor.Me();
        Assert.Equal((id, (string)server.Provider.Person["preferred_username"], "user"),
            (me.GetProperty("userId").GetString(), me.GetProperty("name").GetString(), me.GetProperty("role").GetString()));

        using var elsewhere = new TestVisitor(server);
        await elsewhere.Me();
        await SignIn(elsewhere);
        Assert.Equal(conversation, (await elsewhere.Conversation(conversation)).ConversationId);
    }

    [Theory]
    [InlineData("team-admins", "admin")]
    [InlineData("team-reviewers", "reviewer")]
    [InlineData("team-admins-of-another", "user")]
    public async Task Claim_decides_the_role_at_each_sign_in(string group, string role)
    {
        server.Provider.Person = new() { ["sub"] = NewSubject(), ["email"] = "hanna@example.org", ["groups"] = (string[])["everybody", group] };
        using var user = new TestVisitor(server);
        await SignIn(user);
        Assert.Equal(role, (await user.Me()).GetProperty("role").GetString());
        server.Provider.Person["groups"] = "everybody";
        using var later = new TestVisitor(server);
        await SignIn(later);
        Assert.Equal("user", (await later.Me()).GetProperty("role").GetString());
        Assert.Equal("user", (await user.Me()).GetProperty("role").GetString());
    }

    [Fact]
    public async Task Name_of_a_local_account_is_no_way_into_it()
    {
        var name = $"ida-{Guid.NewGuid():N}"[..20];
        using var local = new TestVisitor(server);
        (await local.SignUp(name)).Expect(HttpStatusCode.NoContent);
        server.Provider.Person = new() { ["sub"] = NewSubject(), ["preferred_username"] = name };
        using var other = new TestVisitor(server);
        await SignIn(other);
        var me = await other.Me();
        Assert.Equal($"{name}-2", me.GetProperty("name").GetString());
        Assert.NotEqual(await local.UserId(), me.GetProperty("userId").GetString());
    }

    [Fact]
    public async Task Account_that_an_admin_closed_stays_out()
    {
        server.Provider.Person = new() { ["sub"] = NewSubject() };
        using var user = new TestVisitor(server);
        await SignIn(user);
        using var admin = await TestVisitor.Admin(server);
        (await admin.Patch($"/api/v1/accounts/{await user.UserId()}", new { disabled = true })).Expect(HttpStatusCode.OK);
        Assert.EndsWith("/sign-in?problem=closed", (await user.Get("/sign-in/openid")).Address!.PathAndQuery, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Refusal_and_forged_token_sign_nobody_in(bool refuses, bool forges)
    {
        (server.Provider.Refuses, server.Provider.Forges) = (refuses, forges);
        try
        {
            using var visitor = new TestVisitor(server);
            var id = await visitor.UserId();
            var page = await visitor.Get("/sign-in/openid");
            Assert.EndsWith("/sign-in?problem=failed", page.Address!.PathAndQuery, StringComparison.Ordinal);
            var me = await visitor.Me();
            Assert.Equal((id, "visitor"), (me.GetProperty("userId").GetString(), me.GetProperty("role").GetString()));
        }
        finally
        {
            (server.Provider.Refuses, server.Provider.Forges) = (false, false);
        }
    }

    [Fact]
    public async Task Code_that_another_browser_asked_for_signs_nobody_in()
    {
        server.Provider.Person = new() { ["sub"] = NewSubject() };
        using var attacker = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var begun = await attacker.GetAsync(new Uri(server.Address, "/sign-in/openid"), HangGuard.Token);
        using var given = await attacker.GetAsync(begun.Headers.Location, HangGuard.Token);
        using var victim = new TestVisitor(server);
        await victim.Me();
        var page = await victim.Get(given.Headers.Location!.PathAndQuery);
        Assert.EndsWith("/sign-in?problem=failed", page.Address!.PathAndQuery, StringComparison.Ordinal);
        Assert.Equal("visitor", (await victim.Me()).GetProperty("role").GetString());
    }

    [Theory]
    [InlineData("/learning", "/learning")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example/", "/")]
    public async Task Signing_in_leads_to_pages_of_this_service_alone(string next, string path)
    {
        server.Provider.Person = new() { ["sub"] = NewSubject() };
        using var visitor = new TestVisitor(server);
        var page = await visitor.Get($"/sign-in/openid?next={Uri.EscapeDataString(next)}");
        Assert.Equal(new Uri(server.Address, path), page.Address);
    }

    [Theory]
    [InlineData("Authority", "", "Authority is missing")]
    [InlineData("Authority", "login", "Authority is 'login'")]
    [InlineData("Authority", "http://login.example.org", "Authority must begin with https")]
    [InlineData("ClientId", "", "ClientId is missing")]
    [InlineData("ClientSecret", "", "ClientSecret is missing")]
    [InlineData("RoleClaim", "", "RoleClaim is missing")]
    [InlineData("AdminValues:0", null, "AdminValues")]
    public void Setting_that_cannot_work_is_named_and_no_secret_with_it(string name, string? value, string words)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Authority"] = "https://login.example.org",
            ["ClientId"] = "chatloop",
            ["ClientSecret"] = "hush",
            ["RoleClaim"] = "groups",
            ["AdminValues:0"] = "a",
        };
        settings[name] = value;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            settings.Where(s => s.Value is not null).Select(s => KeyValuePair.Create($"{OpenIdConnectSettings.Section}:{s.Key}", s.Value))).Build();
        var error = Assert.Throws<ChatLoopException>(() => OpenIdConnectSettings.Read(configuration));
        Assert.Contains($"Identity:OpenIdConnect:{words}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", error.Message, StringComparison.Ordinal);
    }

    private async Task SignIn(TestVisitor visitor)
    {
        var page = await visitor.Get("/sign-in/openid?next=%2Flearning");
        Assert.Equal(new Uri(server.Address, "/learning"), page.Address);
    }

    /// <summary>A service that knows an identity provider.</summary>
    public sealed class TeamServer : ChatLoopServer
    {
        public IdentityProvider Provider { get; } = new();

        protected override IEnumerable<string> Settings =>
        [
            $"--Identity:OpenIdConnect:Authority={Provider.Address}", $"--Identity:OpenIdConnect:ClientId={IdentityProvider.ClientId}",
            $"--Identity:OpenIdConnect:ClientSecret={IdentityProvider.ClientSecret}", "--Identity:OpenIdConnect:Name=Example",
            "--Identity:OpenIdConnect:RoleClaim=groups", "--Identity:OpenIdConnect:AdminValues:0=team-admins", "--Identity:OpenIdConnect:ReviewerValues:0=team-reviewers",
        ];

        protected override Task BeforeStart() => Provider.Start();

        protected override ValueTask AfterStop() => Provider.DisposeAsync();
    }
}
