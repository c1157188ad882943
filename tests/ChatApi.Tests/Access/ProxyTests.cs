using System.Net;
using ChatLoop.ChatApi.Hosting;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Errors;
using Microsoft.Extensions.Configuration;

namespace ChatLoop.ChatApi.Tests.Access;

/// <summary>Who called, when a proxy passes the call on, and when somebody only says that one did.</summary>
public sealed class ProxyTests
{
    /// <summary>Without a known proxy, a made-up address is no way around the limit per address.</summary>
    public sealed class Unknown(Unknown.Server server) : IClassFixture<Unknown.Server>
    {
        [Fact]
        public async Task Forwarded_address_is_not_believed()
        {
            Assert.Contains(HttpStatusCode.TooManyRequests, await CallsFrom(server, forwarded: number => $"192.0.2.{number}"));
        }

        public sealed class Server : ChatLoopServer
        {
            protected override IEnumerable<string> Settings => ["--RateLimits:NewVisitors:Burst=5", "--RateLimits:NewVisitors:PerSecond=1"];
        }
    }

    /// <summary>On a server of its own: whoever made up addresses has used up the limit of new visitors.</summary>
    public sealed class UnknownScheme(ChatLoopServer server) : IClassFixture<ChatLoopServer>
    {
        [Fact]
        public async Task Forwarded_scheme_is_not_believed()
        {
            using var visitor = await TestVisitor.Admin(server);
            var signedIn = await visitor.Call(HttpMethod.Post, "/api/v1/session/sign-in",
                new { name = ChatLoopServer.AdminName, password = ChatLoopServer.AdminPassword }, ("X-Forwarded-Proto", "https"));
            Assert.DoesNotContain("secure", Assert.Single(signedIn.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
        }
    }

    public sealed class Known(Known.Server server) : IClassFixture<Known.Server>
    {
        [Fact]
        public async Task Addresses_behind_the_proxy_have_limits_of_their_own()
        {
            Assert.DoesNotContain(HttpStatusCode.TooManyRequests, await CallsFrom(server, forwarded: number => $"192.0.2.{number}"));
            // What the caller wrote itself stands before what the proxy added.
            Assert.Contains(HttpStatusCode.TooManyRequests, await CallsFrom(server, forwarded: number => $"198.51.100.{number}, 203.0.113.9"));
        }

        [Fact]
        public async Task Cookie_is_secure_where_the_proxy_speaks_https()
        {
            using var visitor = new TestVisitor(server);
            var first = await visitor.Get("/api/v1/me", ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "192.0.2.200"));
            Assert.Contains("secure", Assert.Single(first.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
        }

        public sealed class Server : ChatLoopServer
        {
            protected override IEnumerable<string> Settings =>
                ["--RateLimits:NewVisitors:Burst=5", "--RateLimits:NewVisitors:PerSecond=1", "--Proxy:KnownNetworks:0=127.0.0.0/8"];
        }
    }

    [Theory]
    [InlineData("KnownProxies:0", "proxy.example.org", "KnownProxies")]
    [InlineData("KnownNetworks:0", "10.0.0.5/33", "KnownNetworks")]
    [InlineData("ForwardLimit", "0", "ForwardLimit")]
    public void Setting_that_cannot_work_is_named(string name, string value, string word)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>($"Proxy:{name}", value)]).Build();
        Assert.Contains($"Proxy:{word}", Assert.Throws<ChatLoopException>(() => ProxySettings.Read(configuration)).Message, StringComparison.Ordinal);
    }

    /// <summary>The answers to a dozen new visitors.</summary>
    private static async Task<IReadOnlyList<HttpStatusCode>> CallsFrom(ChatLoopServer server, Func<int, string> forwarded)
    {
        List<HttpStatusCode> answers = [];
        for (var number = 1; number <= 12; number++)
        {
            using var visitor = new TestVisitor(server);
            answers.Add((await visitor.Get("/api/v1/me", ("X-Forwarded-For", forwarded(number)))).Status);
        }
        return answers;
    }
}
