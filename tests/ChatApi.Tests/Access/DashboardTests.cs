using System.Net;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Tests.Service;

namespace ChatLoop.ChatApi.Tests.Access;

/// <summary>Orleans' dashboard: off unless the operator says otherwise, then for admins alone, and never a way to what people wrote.</summary>
public sealed class DashboardTests(DashboardTests.WithDashboard server) : IClassFixture<DashboardTests.WithDashboard>
{
    [Theory]
    [InlineData("/dashboard")]
    [InlineData("/dashboard/index.min.js")]
    [InlineData("/dashboard/DashboardCounters")]
    public async Task Admins_alone_are_let_in(string path)
    {
        using var visitor = new TestVisitor(server);
        await visitor.Me();
        Assert.Equal(HttpStatusCode.Unauthorized, (await visitor.Get(path)).Status);
        using var reviewer = await TestVisitor.WithRole(server, Role.Reviewer);
        Assert.Equal(HttpStatusCode.Forbidden, (await reviewer.Get(path)).Status);
        using var admin = await TestVisitor.Admin(server);
        var (key, _) = await admin.NewKey(ApiScope.Admin);
        var answer = (await admin.Get(path)).Expect(HttpStatusCode.OK);
        Assert.Contains("script-src 'self';", string.Join(' ', answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        using var program = TestVisitor.WithKey(server, key);
        Assert.Equal(HttpStatusCode.Forbidden, (await program.Get(path)).Status);
    }

    [Theory]
    [InlineData("/dashboard/GrainState?grainId=x&grainType=y")]
    [InlineData("/Dashboard/grainstate")]
    public async Task State_of_grains_is_shown_to_nobody(string path)
    {
        using var admin = await TestVisitor.Admin(server);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.Get(path)).Status);
    }

    public sealed class WithDashboard : ChatLoopServer
    {
        protected override IEnumerable<string> Settings => ["--Dashboard:Enabled=true"];
    }
}
