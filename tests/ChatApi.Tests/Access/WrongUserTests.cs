using System.Globalization;
using System.Net;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace ChatLoop.ChatApi.Tests.Access;

/// <summary>
/// Each door, tried by everybody whose it is not: what is another user's is not found, what one's role or key does not open is refused.
/// </summary>
public sealed class WrongUserTests(WrongUserTests.PatientServer server) : IClassFixture<WrongUserTests.PatientServer>
{
    private const string Conversation = "/api/v1/conversations/CONVERSATION";

    /// <summary>A call, the scope that opens it, and the answers to: no cookie, other visitor, user, reviewer, admin, revoked key, key of another scope.</summary>
    private static readonly (string Method, string Path, string? Body, ApiScope? Scope, string Answers)[] Calls =
    [
        ("GET", "/api/v1/conversations", null, ApiScope.Chat, "200 200 200 200 200 401 403"),
        ("POST", "/api/v1/conversations", "{}", ApiScope.Chat, "201 201 201 201 201 401 403"),
        ("GET", Conversation, null, ApiScope.Chat, "404 404 404 404 404 401 403"),
        ("PATCH", Conversation, """{"title":"Mine"}""", ApiScope.Chat, "404 404 404 404 404 401 403"),
        ("DELETE", Conversation, null, ApiScope.Chat, "404 404 404 404 404 401 403"),
        ("POST", $"{Conversation}/messages", """{"requestId":"r","text":"Hello"}""", ApiScope.Chat, "404 404 404 404 404 401 403"),
        ("POST", $"{Conversation}/answers", """{"requestId":"r","userTurnId":"TURN"}""", ApiScope.Chat, "404 404 404 404 404 401 403"),
        ("GET", $"{Conversation}/runs/RUN/events", null, ApiScope.Chat, "404 404 404 404 404 401 403"),
        ("POST", $"{Conversation}/runs/RUN/stop", """{"seenSeq":1}""", ApiScope.Chat, "404 404 404 404 404 401 403"),
        ("PUT", "/api/v1/feedback/FRESH", """{"kind":"thumb","conversationId":"CONVERSATION","turnId":"TURN","thumb":"up"}""", ApiScope.Feedback, "404 404 404 404 404 401 403"),
        ("DELETE", "/api/v1/feedback/FEEDBACK", null, ApiScope.Feedback, "404 404 404 404 404 401 403"),
        ("GET", "/api/v1/feedback/FEEDBACK/effect", null, ApiScope.Feedback, "404 404 404 404 404 401 403"),
        ("GET", "/api/v1/me/feedback", null, ApiScope.Feedback, "200 200 200 200 200 401 403"),
        ("PUT", "/api/v1/me/consent", """{"granted":false}""", ApiScope.Feedback, "204 204 204 204 204 401 403"),
        // Any scope opens these two.
        ("GET", "/api/v1/me", null, null, "200 200 200 200 200 401 200"),
        ("GET", "/api/v1/learning", null, null, "200 200 200 200 200 401 200"),
        ("POST", "/api/v1/checkpoints/99/live", """{"reason":"I like it"}""", ApiScope.Admin, "401 401 403 403 404 401 403"),
        ("POST", "/api/v1/checkpoints/99/stop", """{"reason":"I do not like it"}""", ApiScope.Admin, "401 401 403 403 404 401 403"),
        ("POST", "/api/v1/checkpoints/99/pin", """{"reason":"I like it"}""", ApiScope.Admin, "401 401 403 403 404 401 403"),
        ("POST", "/api/v1/checkpoints/99/unpin", """{"reason":"I like it"}""", ApiScope.Admin, "401 401 403 403 404 401 403"),
        ("GET", "/api/v1/review/votes", null, ApiScope.Feedback, "401 401 403 200 200 401 403"),
        ("POST", "/api/v1/review/votes", """{"feedbackIds":["FEEDBACK"],"accept":true}""", ApiScope.Feedback, "401 401 403 404 404 401 403"),
        // Everybody takes back their own, which is nothing here: the owner's stays.
        ("POST", "/api/v1/me/withdrawals", null, ApiScope.Feedback, "200 200 200 200 200 401 403"),
        ("DELETE", $"{Conversation}/feedback", null, ApiScope.Feedback, "200 200 200 200 200 401 403"),
        ("GET", "/api/v1/me/api-keys", null, null, "401 401 200 200 200 401 403"),
        ("POST", "/api/v1/me/api-keys", """{"name":"n","scopes":["chat"]}""", null, "401 401 201 201 201 401 403"),
        ("DELETE", "/api/v1/me/api-keys/KEY", null, null, "401 401 404 404 404 401 403"),
        ("POST", "/api/v1/session/password", """{"current":"an old green door","next":"two yellow boats"}""", null, "401 401 204 204 204 401 403"),
        ("POST", "/api/v1/session/sign-out-everywhere", null, null, "401 401 204 204 204 401 403"),
        ("GET", "/api/v1/accounts", null, null, "401 401 403 403 200 401 403"),
        ("POST", "/api/v1/accounts", """{"name":"a b","password":"an old green door"}""", null, "401 401 403 403 400 401 403"),
        ("PATCH", "/api/v1/accounts/nobody", """{"role":"admin"}""", null, "401 401 403 403 404 401 403"),
        ("PUT", "/api/v1/accounts/nobody/password", """{"password":"an old green door"}""", null, "401 401 403 403 404 401 403"),
        ("POST", "/hubs/chat/negotiate?negotiateVersion=1", null, ApiScope.Chat, "401 200 200 200 200 401 403"),
        ("POST", "/hubs/learning/negotiate?negotiateVersion=1", null, null, "401 200 200 200 200 401 200"),
        // Open to everybody, whoever they say they are.
        ("GET", "/api/v1/session", null, null, "200 200 200 200 200 200 200"),
        ("POST", "/api/v1/session/sign-in", """{"name":"nobody","password":"nothing"}""", null, "401 401 401 401 401 401 401"),
        ("POST", "/api/v1/session/set-up", """{"token":"guessed","name":"mallory","password":"an old green door"}""", null, "403 403 409 409 409 403 409"),
        ("POST", "/api/v1/session/sign-up", """{"name":"with space","password":"an old green door"}""", null, "400 400 409 409 409 400 409"),
        ("POST", "/api/v1/session/sign-out", null, null, "204 204 204 204 204 204 204"),
    ];

    public static TheoryData<string> Rows => [.. Calls.Select(call => $"{call.Method} {call.Path}")];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Everybody_gets_the_answer_that_was_decided(string row)
    {
        var (method, path, body, scope, answers) = Calls.Single(call => $"{call.Method} {call.Path}" == row);
        using var owner = await TestVisitor.WithRole(server, Role.User);
        var fill = await OwnThings(owner);
        using var callers = await Callers.Make(server, scope);
        List<string> actual = [];
        foreach (var (name, caller) in callers.All)
        {
            var answer = await caller.Call(new HttpMethod(method), fill(path), body is null ? null : fill(body));
            actual.Add(((int)answer.Status).ToString(CultureInfo.InvariantCulture));
            if ((int)answer.Status >= 400) Assert.Equal("application/problem+json", answer.ContentType);
        }
        Assert.Equal(answers, string.Join(' ', actual));
    }

    [Fact]
    public void Every_call_of_the_api_is_tried()
    {
        var tried = Calls.Select(call => $"{call.Method} {call.Path.Split('?')[0]}").ToHashSet(StringComparer.Ordinal);
        var all = DoorTests.Decided.Keys.Where(name => name.Contains("/api/", StringComparison.Ordinal))
            .Select(name => System.Text.RegularExpressions.Regex.Replace(name, @"\{.*?\}", "*"));
        var patterns = tried.Select(call => System.Text.RegularExpressions.Regex.Replace(call, "CONVERSATION|RUN|FEEDBACK|FRESH|KEY|nobody|/99(?=/)",
            match => match.Value[0] == '/' ? "/*" : "*")).ToHashSet(StringComparer.Ordinal);
        Assert.Equal([], all.Except(patterns));
    }

    [Theory]
    [InlineData(Role.Visitor)]
    [InlineData(Role.Reviewer)]
    [InlineData(Role.Admin)]
    public async Task Hub_finds_no_conversation_of_somebody_else(Role role)
    {
        using var owner = await TestVisitor.WithRole(server, Role.User);
        var fill = await OwnThings(owner);
        using var other = role == Role.Visitor ? new TestVisitor(server) : await TestVisitor.WithRole(server, role);
        await other.Me();
        await using var hub = other.Hub("/hubs/chat");
        await hub.StartAsync(HangGuard.Token);
        var watch = await Assert.ThrowsAsync<HubException>(async () =>
            await hub.StreamAsync<RunEvent>("Watch", fill("CONVERSATION"), fill("RUN"), 1, HangGuard.Token).ToListAsync(HangGuard.Token));
        var stop = await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync<Turn>("Stop", fill("CONVERSATION"), fill("RUN"), 1, HangGuard.Token));
        Assert.Contains("does not exist", watch.Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", stop.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Owner_is_let_in_everywhere()
    {
        using var owner = await TestVisitor.WithRole(server, Role.User);
        var fill = await OwnThings(owner);
        foreach (var path in (string[])[Conversation, $"{Conversation}/runs/RUN/events"]) (await owner.Get(fill(path))).Expect(HttpStatusCode.OK);
        (await owner.Delete(fill("/api/v1/feedback/FEEDBACK"))).Expect(HttpStatusCode.OK);
        (await owner.Delete(fill("/api/v1/me/api-keys/KEY"))).Expect(HttpStatusCode.NoContent);
    }

    /// <summary>A conversation with an answer, a judgement and a key of the owner's; gives what puts their ids into a call.</summary>
    private static async Task<Func<string, string>> OwnThings(TestVisitor owner)
    {
        var conversation = await owner.NewConversation();
        var run = await owner.Ask(conversation, "Hello");
        var feedback = TestVisitor.NewId();
        (await owner.Put($"/api/v1/feedback/{feedback}", new { kind = "thumb", conversationId = conversation, turnId = run.AnswerTurnId, thumb = "up" })).Expect(HttpStatusCode.OK);
        var (_, key) = await owner.NewKey(ApiScope.Chat);
        return text => text.Replace("CONVERSATION", conversation, StringComparison.Ordinal).Replace("RUN", run.RunId, StringComparison.Ordinal)
            .Replace("TURN", run.AnswerTurnId, StringComparison.Ordinal).Replace("FEEDBACK", feedback, StringComparison.Ordinal)
            .Replace("FRESH", TestVisitor.NewId(), StringComparison.Ordinal).Replace("KEY", key, StringComparison.Ordinal);
    }

    /// <summary>Gives new identities as often as the callers ask.</summary>
    public sealed class PatientServer : ChatLoopServer
    {
        protected override IEnumerable<string> Settings => ["--RateLimits:NewVisitors:Burst=100000"];
    }
}
