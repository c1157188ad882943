using System.Net;
using System.Text.Json;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Errors;
using Microsoft.Extensions.DependencyInjection;

namespace ChatLoop.ChatApi.Tests.Access;

/// <summary>How a service gets its first admin.</summary>
public sealed class FirstAdminTests : IAsyncDisposable
{
    private readonly Server _server = new();

    [Fact]
    public async Task Link_makes_one_admin_and_no_start_after_that_has_one()
    {
        await _server.InitializeAsync();
        var link = Link();
        Assert.NotNull(link);
        var token = link.Split("token=")[1];
        using var visitor = new TestVisitor(_server);
        var id = await visitor.UserId();
        Assert.True((await visitor.Get("/api/v1/session")).Ok<JsonElement>().GetProperty("setUp").GetBoolean());
        (await SetUp(visitor, "guessed")).Problem(HttpStatusCode.Forbidden, "forbidden", "link");
        (await visitor.Post("/api/v1/session/set-up", new { token, name = "anna", password = "eleven char" })).Problem(HttpStatusCode.BadRequest, "invalid", "12");
        (await SetUp(visitor, token)).Expect(HttpStatusCode.NoContent);
        var me = await visitor.Me();
        Assert.Equal((id, "admin"), (me.GetProperty("userId").GetString(), me.GetProperty("role").GetString()));
        using var second = new TestVisitor(_server);
        (await SetUp(second, token)).Problem(HttpStatusCode.Forbidden, "forbidden", "link");
        Assert.False((await second.Get("/api/v1/session")).Ok<JsonElement>().GetProperty("setUp").GetBoolean());

        await _server.Restart();
        Assert.Null(Link());
    }

    [Fact]
    public async Task Each_start_has_another_link_as_long_as_nobody_is_admin()
    {
        await _server.InitializeAsync();
        var first = Link();
        await _server.Restart();
        Assert.NotNull(Link());
        Assert.NotEqual(first, Link());
    }

    [Theory]
    [InlineData("boss", "", "Identity:Admin:Password is missing")]
    [InlineData("", "three brown walnuts", "Identity:Admin:Name is missing")]
    [InlineData("boss", "short", "Identity:Admin cannot be used")]
    public async Task Configured_admin_that_cannot_be_ends_the_start(string name, string password, string words)
    {
        _server.Admin = (name, password);
        var error = await Assert.ThrowsAsync<ChatLoopException>(async () => await _server.InitializeAsync());
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("walnuts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_that_somebody_took_before_does_not_become_the_admins()
    {
        await _server.InitializeAsync();
        using var early = new TestVisitor(_server);
        (await early.SignUp("boss")).Expect(HttpStatusCode.NoContent);
        _server.Admin = ("boss", "three brown walnuts");
        var error = await Assert.ThrowsAsync<ChatLoopException>(_server.Restart);
        Assert.Contains("Identity:Admin:Name is 'boss'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_without_visitors_lets_nobody_in_before_they_sign_in()
    {
        (_server.Admin, _server.More) = (("boss", "three brown walnuts"), ["--Identity:Visitors=false", "--Identity:SignUp=false"]);
        await _server.InitializeAsync();
        using var visitor = new TestVisitor(_server);
        foreach (var path in (string[])["/api/v1/me", "/api/v1/conversations", "/api/v1/learning", "/api/v1/me/feedback"])
        {
            var refused = await visitor.Get(path);
            refused.Problem(HttpStatusCode.Unauthorized, "unauthenticated", "Sign in");
            Assert.False(refused.Headers.Contains("Set-Cookie"));
        }
        (await visitor.SignUp("mallory")).Problem(HttpStatusCode.Forbidden, "forbidden", "Identity:SignUp");
        (await visitor.SignIn("boss", "three brown walnuts")).Expect(HttpStatusCode.NoContent);
        (await visitor.Get("/api/v1/learning")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Visitors_of_before_are_asked_to_sign_up_and_keep_their_conversations()
    {
        await _server.InitializeAsync();
        using var visitor = new TestVisitor(_server);
        var conversation = await visitor.NewConversation();
        var cookies = visitor.CopyOfCookies();
        _server.More = ["--Identity:Visitors=false"];
        await _server.Restart();
        using var later = new TestVisitor(_server);
        later.Cookies.Add(cookies);
        (await later.Get("/api/v1/conversations")).Problem(HttpStatusCode.Unauthorized, "unauthenticated", "Sign in");
        (await later.SignUp("anna")).Expect(HttpStatusCode.NoContent);
        Assert.Equal(conversation, (await later.Conversation(conversation)).ConversationId);
    }

    private static Task<ApiAnswer> SetUp(TestVisitor visitor, string token) =>
        visitor.Post("/api/v1/session/set-up", new { token, name = "anna", password = "three brown walnuts" });

    private string? Link() => _server.Services.GetRequiredService<FirstAdmin>().Link;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private sealed class Server : ChatLoopServer
    {
        public (string Name, string Password)? Admin { get; set; }
        public string[] More { get; set; } = [];

        protected override bool HasAdmin => false;

        protected override IEnumerable<string> Settings => Admin is { } admin
            ? [.. More, $"--Identity:Admin:Name={admin.Name}", $"--Identity:Admin:Password={admin.Password}"]
            : More;
    }
}
