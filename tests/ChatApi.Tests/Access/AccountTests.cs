using System.Net;
using System.Text.Json;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Tests.Service;

namespace ChatLoop.ChatApi.Tests.Access;

/// <summary>Accounts of this service: how they are made, signed in to, and closed.</summary>
public sealed class AccountTests(ChatLoopServer server) : IClassFixture<ChatLoopServer>
{
    private static string NewName() => $"anna-{Guid.NewGuid():N}";

    [Fact]
    public async Task Visitor_who_signs_up_keeps_conversations()
    {
        using var visitor = new TestVisitor(server);
        var conversation = await visitor.NewConversation();
        var id = await visitor.UserId();
        var name = NewName();
        (await visitor.SignUp(name)).Expect(HttpStatusCode.NoContent);
        var me = await visitor.Me();
        Assert.Equal((id, name, "user"), (me.GetProperty("userId").GetString(), me.GetProperty("name").GetString(), me.GetProperty("role").GetString()));
        Assert.Equal(conversation, (await visitor.Conversation(conversation)).ConversationId);

        using var elsewhere = new TestVisitor(server);
        (await elsewhere.SignIn(name.ToUpperInvariant())).Expect(HttpStatusCode.NoContent);
        Assert.Equal(conversation, (await elsewhere.Conversation(conversation)).ConversationId);
    }

    [Fact]
    public async Task Cookie_of_the_visitor_who_signed_up_is_no_way_into_the_account()
    {
        using var visitor = new TestVisitor(server);
        var conversation = await visitor.NewConversation();
        var before = visitor.CopyOfCookies();
        (await visitor.SignUp(NewName())).Expect(HttpStatusCode.NoContent);
        using var thief = new TestVisitor(server);
        thief.Cookies.Add(before);
        (await thief.Get($"/api/v1/conversations/{conversation}")).Problem(HttpStatusCode.Unauthorized, "unauthenticated", "ended");
    }

    [Fact]
    public async Task Signing_in_takes_the_older_account_and_leaves_the_visitors_conversations()
    {
        var name = NewName();
        using var first = new TestVisitor(server);
        (await first.SignUp(name)).Expect(HttpStatusCode.NoContent);
        var kept = await first.NewConversation();
        using var second = new TestVisitor(server);
        var left = await second.NewConversation();
        (await second.SignIn(name)).Expect(HttpStatusCode.NoContent);
        Assert.Equal(kept, (await second.Conversation(kept)).ConversationId);
        (await second.Get($"/api/v1/conversations/{left}")).Problem(HttpStatusCode.NotFound, "notFound");
    }

    [Theory]
    [InlineData("short", "8")]
    [InlineData("password123", "Everybody")]
    [InlineData("zzzzzzzzzzzz", "Everybody")]
    [InlineData("my chatloop key", "service's")]
    public async Task Password_that_others_guess_is_refused(string password, string word)
    {
        using var visitor = new TestVisitor(server);
        (await visitor.SignUp(NewName(), password)).Problem(HttpStatusCode.BadRequest, "invalid", word);
        Assert.Equal("visitor", (await visitor.Me()).GetProperty("role").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("<b>")]
    public async Task Name_of_other_characters_is_refused(string name)
    {
        using var visitor = new TestVisitor(server);
        (await visitor.SignUp(name)).Problem(HttpStatusCode.BadRequest, "invalid", "name");
    }

    [Fact]
    public async Task Taken_name_is_refused_whatever_its_case()
    {
        var name = NewName();
        using var first = new TestVisitor(server);
        (await first.SignUp(name)).Expect(HttpStatusCode.NoContent);
        using var second = new TestVisitor(server);
        (await second.SignUp(name.ToUpperInvariant())).Problem(HttpStatusCode.Conflict, "conflict", "taken");
        (await first.SignUp(NewName())).Problem(HttpStatusCode.Conflict, "conflict", "sign out");
    }

    [Fact]
    public async Task Unknown_name_wrong_password_and_locked_account_are_answered_alike()
    {
        var name = NewName();
        using var owner = new TestVisitor(server);
        (await owner.SignUp(name)).Expect(HttpStatusCode.NoContent);
        using var stranger = new TestVisitor(server);
        var unknown = (await stranger.SignIn(NewName())).Problem(HttpStatusCode.Unauthorized, "unauthenticated").GetProperty("detail").GetString();
        for (var tries = 0; tries < 10; tries++)
            Assert.Equal(unknown, (await stranger.SignIn(name, $"wrong password {tries}")).Problem(HttpStatusCode.Unauthorized, "unauthenticated").GetProperty("detail").GetString());
        Assert.Equal(unknown, (await stranger.SignIn(name)).Problem(HttpStatusCode.Unauthorized, "unauthenticated").GetProperty("detail").GetString());
        // Who is signed in is not thrown out by a stranger's tries.
        Assert.Equal("user", (await owner.Me()).GetProperty("role").GetString());
    }

    [Fact]
    public async Task New_password_ends_the_other_sessions()
    {
        var name = NewName();
        using var here = new TestVisitor(server);
        (await here.SignUp(name)).Expect(HttpStatusCode.NoContent);
        using var there = new TestVisitor(server);
        (await there.SignIn(name)).Expect(HttpStatusCode.NoContent);
        (await here.Post("/api/v1/session/password", new { current = "wrong one", next = "two yellow boats" })).Problem(HttpStatusCode.BadRequest, "invalid", "current");
        (await here.Post("/api/v1/session/password", new { current = TestVisitor.AnyPassword, next = "short" })).Problem(HttpStatusCode.BadRequest, "invalid", "8");
        Assert.Equal(name, (await there.Me()).GetProperty("name").GetString());

        (await here.Post("/api/v1/session/password", new { current = TestVisitor.AnyPassword, next = "two yellow boats" })).Expect(HttpStatusCode.NoContent);
        Assert.Equal(name, (await here.Me()).GetProperty("name").GetString());
        (await there.Get("/api/v1/me")).Problem(HttpStatusCode.Unauthorized, "unauthenticated", "ended");
        Assert.Equal("visitor", (await there.Me()).GetProperty("role").GetString());
        (await there.SignIn(name)).Expect(HttpStatusCode.Unauthorized);
        (await there.SignIn(name, "two yellow boats")).Expect(HttpStatusCode.NoContent);
    }

    [Theory]
    [InlineData("sign-out", false)]
    [InlineData("sign-out-everywhere", true)]
    public async Task Signing_out_ends_copies_of_the_cookie(string way, bool everywhere)
    {
        var name = NewName();
        using var user = new TestVisitor(server);
        (await user.SignUp(name)).Expect(HttpStatusCode.NoContent);
        using var copy = new TestVisitor(server);
        copy.Cookies.Add(user.CopyOfCookies());
        Assert.Equal(name, (await copy.Me()).GetProperty("name").GetString());
        using var other = new TestVisitor(server);
        (await other.SignIn(name)).Expect(HttpStatusCode.NoContent);

        (await user.Post($"/api/v1/session/{way}", null)).Expect(HttpStatusCode.NoContent);
        Assert.Equal("visitor", (await user.Me()).GetProperty("role").GetString());
        (await copy.Get("/api/v1/me")).Problem(HttpStatusCode.Unauthorized, "unauthenticated", "ended");
        (await other.Get("/api/v1/me")).Expect(everywhere ? HttpStatusCode.Unauthorized : HttpStatusCode.OK);
    }

    [Fact]
    public async Task Closed_account_is_out_at_once_and_cannot_sign_in()
    {
        var name = NewName();
        using var user = new TestVisitor(server);
        (await user.SignUp(name)).Expect(HttpStatusCode.NoContent);
        using var admin = await TestVisitor.Admin(server);
        var account = $"/api/v1/accounts/{await user.UserId()}";
        (await admin.Patch(account, new { disabled = true })).Expect(HttpStatusCode.OK);
        (await user.Get("/api/v1/conversations")).Problem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await user.SignIn(name)).Problem(HttpStatusCode.Unauthorized, "unauthenticated", "closed");
        (await admin.Patch(account, new { disabled = false })).Expect(HttpStatusCode.OK);
        (await user.SignIn(name)).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Role_applies_to_who_is_signed_in_at_once()
    {
        using var user = await TestVisitor.WithRole(server, Role.User);
        (await user.Get("/api/v1/accounts")).Problem(HttpStatusCode.Forbidden, "forbidden", "admin", "user");
        using var admin = await TestVisitor.Admin(server);
        var account = $"/api/v1/accounts/{await user.UserId()}";
        (await admin.Patch(account, new { role = "admin" })).Expect(HttpStatusCode.OK);
        (await user.Get("/api/v1/accounts")).Expect(HttpStatusCode.OK);
        (await admin.Patch(account, new { role = "reviewer" })).Expect(HttpStatusCode.OK);
        (await user.Get("/api/v1/accounts")).Problem(HttpStatusCode.Forbidden, "forbidden", "admin", "reviewer");
        (await admin.Patch(account, new { role = "visitor" })).Problem(HttpStatusCode.BadRequest, "invalid", "role");
        (await admin.Patch("/api/v1/accounts/nobody", new { role = "user" })).Problem(HttpStatusCode.NotFound, "notFound");
    }

    [Theory]
    [InlineData("user", false)]
    [InlineData("admin", true)]
    public async Task Last_admin_stays_admin(string role, bool disabled)
    {
        using var admin = await TestVisitor.Admin(server);
        var others = (await admin.Get("/api/v1/accounts")).Ok<JsonElement>().EnumerateArray()
            .Where(a => a.GetProperty("role").GetString() == "admin" && a.GetProperty("name").GetString() != ChatLoopServer.AdminName);
        foreach (var other in others) (await admin.Patch($"/api/v1/accounts/{other.GetProperty("userId").GetString()}", new { role = "user" })).Expect(HttpStatusCode.OK);
        (await admin.Patch($"/api/v1/accounts/{await admin.UserId()}", new { role, disabled })).Problem(HttpStatusCode.Conflict, "conflict", "last admin");
    }

    [Fact]
    public async Task Admin_makes_accounts_and_replaces_forgotten_passwords()
    {
        using var admin = await TestVisitor.Admin(server);
        var name = NewName();
        (await admin.Post("/api/v1/accounts", new { name, password = "eleven char", role = "admin" })).Problem(HttpStatusCode.BadRequest, "invalid", "12");
        var made = (await admin.Post("/api/v1/accounts", new { name, password = TestVisitor.AnyPassword, role = "reviewer" })).Expect(HttpStatusCode.Created).Ok<JsonElement>();
        using var user = new TestVisitor(server);
        (await user.SignIn(name)).Expect(HttpStatusCode.NoContent);
        Assert.Equal("reviewer", (await user.Me()).GetProperty("role").GetString());
        (await admin.Put($"/api/v1/accounts/{made.GetProperty("userId").GetString()}/password", new { password = "nine silver spoons" })).Expect(HttpStatusCode.NoContent);
        (await user.Get("/api/v1/me")).Expect(HttpStatusCode.Unauthorized);
        (await user.SignIn(name)).Expect(HttpStatusCode.Unauthorized);
        (await user.SignIn(name, "nine silver spoons")).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Nothing_of_a_password_is_stored()
    {
        using var user = new TestVisitor(server);
        (await user.SignUp(NewName(), "unmistakable phrase 8731")).Expect(HttpStatusCode.NoContent);
        foreach (var file in Directory.GetFiles(server.DataFolder, "accounts.db*"))
        {
            await using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(open, System.Text.Encoding.Latin1);
            Assert.DoesNotContain("unmistakable", await reader.ReadToEndAsync(HangGuard.Token), StringComparison.Ordinal);
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }
}
