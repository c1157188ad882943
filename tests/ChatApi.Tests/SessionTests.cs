using System.Net;
using System.Text.Json;
using ChatLoop.ChatApi.Tests.Service;

namespace ChatLoop.ChatApi.Tests;

/// <summary>Who a visitor is, and what keeps others from acting for them.</summary>
public sealed class SessionTests(ChatLoopServer server) : IClassFixture<ChatLoopServer>
{
    [Fact]
    public async Task First_call_gives_an_identity_that_lasts()
    {
        using var visitor = new TestVisitor(server);
        var first = await visitor.Get("/api/v1/me");
        var cookie = Assert.Single(first.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith("chatloop=", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("expires=", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase);

        var me = first.Ok<JsonElement>();
        Assert.True(Guid.TryParse(me.GetProperty("userId").GetString(), out _));
        Assert.Equal("notAsked", me.GetProperty("consent").GetString());
        Assert.Equal(1, me.GetProperty("live").GetProperty("version").GetInt32());
        Assert.Equal("live", me.GetProperty("live").GetProperty("stage").GetString());

        var second = await visitor.Get("/api/v1/me");
        Assert.Equal(me.GetProperty("userId").GetString(), second.Ok<JsonElement>().GetProperty("userId").GetString());
        Assert.False(second.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Any_first_call_gives_an_identity()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        Assert.Equal(id, (await visitor.Conversation(id)).ConversationId);
    }

    [Fact]
    public async Task Forged_cookie_is_a_new_visitor()
    {
        using var visitor = new TestVisitor(server);
        visitor.Cookies.Add(server.Address, new Cookie("chatloop", "CfDJ8forged"));
        Assert.True((await visitor.Get("/api/v1/me")).Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Unknown_path_gives_no_identity()
    {
        using var visitor = new TestVisitor(server);
        var answer = await visitor.Get("/api/v1/nothing");
        answer.Problem(HttpStatusCode.NotFound, "notFound", "/openapi/v1.json");
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData(true, "granted")]
    [InlineData(false, "declined")]
    public async Task Consent_is_kept(bool granted, string consent)
    {
        using var visitor = new TestVisitor(server);
        (await visitor.Put("/api/v1/me/consent", new { granted })).Expect(HttpStatusCode.NoContent);
        Assert.Equal(consent, (await visitor.Get("/api/v1/me")).Ok<JsonElement>().GetProperty("consent").GetString());
    }

    [Theory]
    [InlineData("PUT", "/api/v1/me/consent")]
    [InlineData("POST", "/api/v1/conversations")]
    [InlineData("DELETE", "/api/v1/feedback/f1")]
    [InlineData("POST", "/api/v1/checkpoints/1/live")]
    [InlineData("POST", "/api/v1/session/sign-in")]
    [InlineData("POST", "/api/v1/session/sign-up")]
    [InlineData("POST", "/api/v1/session/sign-out")]
    [InlineData("POST", "/api/v1/session/set-up")]
    [InlineData("POST", "/api/v1/me/api-keys")]
    [InlineData("PATCH", "/api/v1/accounts/a")]
    public async Task Changing_call_without_the_header_is_refused(string method, string path)
    {
        using var visitor = new TestVisitor(server);
        var answer = await visitor.Call(new HttpMethod(method), path, new { granted = true }, ("X-ChatLoop", ""));
        answer.Problem(HttpStatusCode.Forbidden, "forbidden", "X-ChatLoop: 1");
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Sign_in_form_of_another_origin_is_refused()
    {
        using var visitor = new TestVisitor(server);
        var answer = await visitor.Call(HttpMethod.Post, "/api/v1/session/sign-in",
            new { name = ChatLoopServer.AdminName, password = ChatLoopServer.AdminPassword }, ("Origin", "https://evil.example"));
        answer.Problem(HttpStatusCode.Forbidden, "forbidden", "origin");
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://127.0.0.1:1")]
    public async Task Foreign_origin_is_refused(string origin)
    {
        using var visitor = new TestVisitor(server);
        (await visitor.Get("/api/v1/me", ("Origin", origin))).Problem(HttpStatusCode.Forbidden, "forbidden", "origin");
        await visitor.Get("/api/v1/me");
        (await visitor.Call(HttpMethod.Post, "/hubs/chat/negotiate?negotiateVersion=1", null, ("Origin", origin)))
            .Problem(HttpStatusCode.Forbidden, "forbidden", "origin");
        await using var hub = visitor.Hub("/hubs/chat", options =>
        {
            options.SkipNegotiation = true;
            options.Transports = Microsoft.AspNetCore.Http.Connections.HttpTransportType.WebSockets;
            options.Headers["Origin"] = origin;
        });
        await Assert.ThrowsAnyAsync<Exception>(() => hub.StartAsync(HangGuard.Token));
    }

    [Fact]
    public async Task Own_origin_is_let_in()
    {
        using var visitor = new TestVisitor(server);
        (await visitor.Get("/api/v1/me", ("Origin", server.Address.GetLeftPart(UriPartial.Authority)))).Expect(HttpStatusCode.OK);
        await using var hub = visitor.Hub("/hubs/chat", options => options.Headers["Origin"] = server.Address.GetLeftPart(UriPartial.Authority));
        await hub.StartAsync(HangGuard.Token);
    }

    [Theory]
    [InlineData("/hubs/chat")]
    [InlineData("/hubs/learning")]
    public async Task Hub_needs_an_identity(string path)
    {
        using var visitor = new TestVisitor(server);
        (await visitor.Post($"{path}/negotiate?negotiateVersion=1", null)).Problem(HttpStatusCode.Unauthorized, "unauthenticated", "/api/v1/me");
    }

    [Fact]
    public async Task Name_of_another_host_that_leads_here_is_refused()
    {
        using var visitor = new TestVisitor(server);
        (await visitor.Get("/api/v1/me", ("Host", "evil.example"))).Expect(HttpStatusCode.BadRequest);
    }
}
