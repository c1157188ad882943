using System.Net;
using System.Text.Json;
using ChatLoop.ChatApi.Tests.Service;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;

namespace ChatLoop.ChatApi.Tests;

/// <summary>The page's files, its headers, and what operators read.</summary>
public sealed class PageTests(PageTests.ServerWithPage server) : IClassFixture<PageTests.ServerWithPage>
{
    [Theory]
    [InlineData("/")]
    [InlineData("/learning")]
    [InlineData("/c/0193f2aa-7d2c-7000-8000-000000000000")]
    public async Task Page_addresses_get_the_page(string path)
    {
        using var visitor = new TestVisitor(server);
        var page = await visitor.Get(path);
        Assert.Equal("<!doctype html><title>Test</title>", page.Expect(HttpStatusCode.OK).Body);
        Assert.Equal("text/html", page.ContentType);
        Assert.True(page.Headers.CacheControl!.NoCache);
        Assert.False(page.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Hashed_assets_are_cached_for_good_and_others_are_not()
    {
        using var visitor = new TestVisitor(server);
        var asset = (await visitor.Get("/assets/index-abc123.js")).Expect(HttpStatusCode.OK);
        Assert.Contains("immutable", asset.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.True(asset.Headers.CacheControl.MaxAge >= TimeSpan.FromDays(365));
        Assert.True((await visitor.Get("/theme.js")).Expect(HttpStatusCode.OK).Headers.CacheControl!.NoCache);
        (await visitor.Get("/assets/index-gone.js")).Problem(HttpStatusCode.NotFound, "notFound");
    }

    [Theory]
    [InlineData("/api/v1/nothing")]
    [InlineData("/api")]
    [InlineData("/hubs/nothing")]
    [InlineData("/openapi/v9.json")]
    public async Task Service_addresses_do_not(string path)
    {
        using var visitor = new TestVisitor(server);
        (await visitor.Get(path)).Problem(HttpStatusCode.NotFound, "notFound");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/theme.js")]
    [InlineData("/api/v1/me")]
    [InlineData("/api/v1/nothing")]
    public async Task Every_answer_has_the_security_headers(string path)
    {
        using var visitor = new TestVisitor(server);
        var answer = await visitor.Get(path);
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        foreach (var rule in (string[])["default-src 'self'", "script-src 'self'", "object-src 'none'", "base-uri 'none'", "script-src-attr 'none'", "frame-src 'none'", "form-action 'self'", "frame-ancestors 'none'"])
            Assert.Contains($"{rule};", $"{policy};", StringComparison.Ordinal);
        Assert.Contains($"connect-src 'self' ws://{server.Address.Authority} wss://{server.Address.Authority};", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("script-src 'self' ", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Health_says_what_serves()
    {
        using var visitor = new TestVisitor(server);
        (await visitor.Get("/livez")).Expect(HttpStatusCode.OK);
        (await visitor.Get("/readyz")).Expect(HttpStatusCode.OK);
        var health = (await visitor.Get("/health")).Ok<JsonElement>();
        Assert.Equal("Healthy", health.GetProperty("status").GetString());
        Assert.Equal("v1 is live.", health.GetProperty("checks")[0].GetProperty("detail").GetString());
    }

    [Fact]
    public async Task OpenApi_describes_every_call()
    {
        using var visitor = new TestVisitor(server);
        var document = (await visitor.Get("/openapi/v1.json")).Ok<JsonElement>();
        var calls = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(call => $"{call.Name.ToUpperInvariant()} {path.Name}")).ToHashSet();
        foreach (var call in (string[])
        [
            "GET /api/v1/me", "PUT /api/v1/me/consent", "GET /api/v1/me/feedback", "GET /api/v1/conversations", "POST /api/v1/conversations",
            "GET /api/v1/conversations/{conversationId}", "PATCH /api/v1/conversations/{conversationId}", "DELETE /api/v1/conversations/{conversationId}",
            "POST /api/v1/conversations/{conversationId}/messages", "POST /api/v1/conversations/{conversationId}/answers",
            "GET /api/v1/conversations/{conversationId}/runs/{runId}/events", "POST /api/v1/conversations/{conversationId}/runs/{runId}/stop",
            "GET /api/v1/session", "POST /api/v1/session/sign-up", "POST /api/v1/session/sign-in", "POST /api/v1/session/sign-out",
            "POST /api/v1/session/sign-out-everywhere", "POST /api/v1/session/password", "POST /api/v1/session/set-up",
            "GET /api/v1/me/api-keys", "POST /api/v1/me/api-keys", "DELETE /api/v1/me/api-keys/{keyId}",
            "GET /api/v1/accounts", "POST /api/v1/accounts", "PATCH /api/v1/accounts/{userId}", "PUT /api/v1/accounts/{userId}/password",
            "PUT /api/v1/feedback/{feedbackId}", "DELETE /api/v1/feedback/{feedbackId}", "GET /api/v1/learning", "POST /api/v1/checkpoints/{version}/live",
            "POST /api/v1/checkpoints/{version}/stop", "POST /api/v1/checkpoints/{version}/pin", "POST /api/v1/checkpoints/{version}/unpin",
        ])
            Assert.Contains(call, calls);
        Assert.Contains("bothBad", document.GetProperty("components").GetRawText(), StringComparison.Ordinal);
    }

    /// <summary>Serves a page that the test made, whether the real one was built or not.</summary>
    public sealed class ServerWithPage : ChatLoopServer
    {
        private readonly string _pages = Directory.CreateTempSubdirectory("chatloop-page-").FullName;

        public ServerWithPage()
        {
            Directory.CreateDirectory(Path.Combine(_pages, "assets"));
            File.WriteAllText(Path.Combine(_pages, "index.html"), "<!doctype html><title>Test</title>");
            File.WriteAllText(Path.Combine(_pages, "theme.js"), "1");
            File.WriteAllText(Path.Combine(_pages, "assets", "index-abc123.js"), "2");
        }

        protected override void OnBuilt(IServiceProvider services) =>
            services.GetRequiredService<IWebHostEnvironment>().WebRootFileProvider = new PhysicalFileProvider(_pages);

        protected override void OnDisposed() => Directory.Delete(_pages, recursive: true);
    }
}
