using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Hubs;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Generation;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace ChatLoop.ChatApi.Tests.Service;

/// <summary>One visitor over real HTTP: cookies are kept, and the header that changing calls need is sent.</summary>
public sealed class TestVisitor : IDisposable
{
    /// <summary>The service's own format: a figure that could not be measured travels as null.</summary>
    public static readonly JsonSerializerOptions Json = ServiceFormat();

    public const string AnyPassword = "an old green door";

    private readonly HttpClientHandler _handler = new() { CookieContainer = new CookieContainer() };
    private readonly ChatLoopServer _server;

    public TestVisitor(ChatLoopServer server)
    {
        _server = server;
        Http = new HttpClient(_handler);
    }

    public HttpClient Http { get; }
    public CookieContainer Cookies => _handler.CookieContainer;

    public Task<ApiAnswer> Get(string path, params (string Name, string Value)[] headers) => Call(HttpMethod.Get, path, null, headers);
    public Task<ApiAnswer> Post(string path, object? body) => Call(HttpMethod.Post, path, body);
    public Task<ApiAnswer> Put(string path, object? body) => Call(HttpMethod.Put, path, body);
    public Task<ApiAnswer> Patch(string path, object? body) => Call(HttpMethod.Patch, path, body);
    public Task<ApiAnswer> Delete(string path) => Call(HttpMethod.Delete, path, null);

    public async Task<ApiAnswer> Call(HttpMethod method, string path, object? body, params (string Name, string Value)[] headers)
    {
        using var request = Request(method, path, headers);
        if (method != HttpMethod.Get && !headers.Any(h => h.Name == "X-ChatLoop")) request.Headers.Add("X-ChatLoop", "1");
        request.Content = body switch
        {
            null => null,
            HttpContent content => content,
            string json => new StringContent(json, Encoding.UTF8, "application/json"),
            _ => JsonContent.Create(body, options: Json),
        };
        using var response = await Http.SendAsync(request, HangGuard.Token);
        return await ApiAnswer.Read(response);
    }

    public HttpRequestMessage Request(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, new Uri(_server.Address, path));
        foreach (var (name, value) in headers.Where(h => h.Value.Length > 0)) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    /// <summary>A visitor who has signed in as the server's admin.</summary>
    public static async Task<TestVisitor> Admin(ChatLoopServer server)
    {
        var admin = new TestVisitor(server);
        (await admin.SignIn(ChatLoopServer.AdminName, ChatLoopServer.AdminPassword)).Expect(HttpStatusCode.NoContent);
        return admin;
    }

    /// <summary>A new account of this role, signed in.</summary>
    public static async Task<TestVisitor> WithRole(ChatLoopServer server, Role role)
    {
        var user = new TestVisitor(server);
        var name = $"{role}-{Guid.NewGuid():N}";
        (await user.SignUp(name)).Expect(HttpStatusCode.NoContent);
        if (role == Role.User) return user;
        using var admin = await Admin(server);
        (await admin.Patch($"/api/v1/accounts/{await user.UserId()}", new { role })).Expect(HttpStatusCode.OK);
        return user;
    }

    /// <summary>The cookies as they are now, as somebody would have them who copied the browser's.</summary>
    public CookieCollection CopyOfCookies()
    {
        var copy = new CookieCollection();
        foreach (Cookie cookie in Cookies.GetCookies(_server.Address)) copy.Add(new Cookie(cookie.Name, cookie.Value, cookie.Path, cookie.Domain));
        return copy;
    }

    public Task<ApiAnswer> SignUp(string name, string password = AnyPassword) => Post("/api/v1/session/sign-up", new { name, password });
    public Task<ApiAnswer> SignIn(string name, string password = AnyPassword) => Post("/api/v1/session/sign-in", new { name, password });

    /// <summary>Somebody who has this key and nothing else.</summary>
    public static TestVisitor WithKey(ChatLoopServer server, string key)
    {
        var program = new TestVisitor(server);
        program.Http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return program;
    }

    /// <returns>The key, and its id.</returns>
    public async Task<(string Key, string KeyId)> NewKey(params ApiScope[] scopes)
    {
        var made = (await Post("/api/v1/me/api-keys", new { name = "test", scopes })).Expect(HttpStatusCode.Created).Ok<JsonElement>();
        return (made.GetProperty("key").GetString()!, made.GetProperty("entry").GetProperty("keyId").GetString()!);
    }

    public async Task<JsonElement> Me() => (await Get("/api/v1/me")).Ok<JsonElement>();
    public async Task<string> UserId() => (await Me()).GetProperty("userId").GetString()!;

    public async Task<string> NewConversation() =>
        (await Post("/api/v1/conversations", new { })).Ok<ConversationSnapshot>().ConversationId;

    public async Task<RunReceipt> Send(string conversationId, string text, string? parentTurnId = null) =>
        (await Post($"/api/v1/conversations/{conversationId}/messages", new { requestId = NewId(), text, parentTurnId })).Ok<RunReceipt>();

    public async Task<RunReceipt> AnswerAgain(string conversationId, string userTurnId, string? compareWithTurnId = null) =>
        (await Post($"/api/v1/conversations/{conversationId}/answers", new { requestId = NewId(), userTurnId, compareWithTurnId })).Ok<RunReceipt>();

    public async Task<ConversationSnapshot> Conversation(string conversationId) =>
        (await Get($"/api/v1/conversations/{conversationId}")).Ok<ConversationSnapshot>();

    /// <summary>Asks and reads the whole answer.</summary>
    public async Task<RunReceipt> Ask(string conversationId, string text, string? parentTurnId = null)
    {
        var run = await Send(conversationId, text, parentTurnId);
        await ReadToEnd(conversationId, run.RunId);
        return run;
    }

    public async Task<IReadOnlyList<RunEvent>> ReadToEnd(string conversationId, string runId)
    {
        using var reader = await RunEventReader.Open(this, conversationId, runId);
        return await reader.ReadToEnd();
    }

    /// <summary>A finished answer, another one, and the blind pair of both.</summary>
    public async Task<(string ConversationId, Comparison Comparison)> NewPair()
    {
        var conversationId = await NewConversation();
        var first = await Ask(conversationId, "Compare this");
        var second = await AnswerAgain(conversationId, first.UserTurnId, first.AnswerTurnId);
        await ReadToEnd(conversationId, second.RunId);
        return (conversationId, second.Comparison!);
    }

    public async Task<FeedbackStatus> Judge(string conversationId, Comparison comparison, PairVerdict verdict) =>
        (await Put($"/api/v1/feedback/{NewId()}", new { kind = "pair", conversationId, comparisonId = comparison.ComparisonId, verdict })).Ok<FeedbackStatus>();

    public async Task GrantConsent() => (await Put("/api/v1/me/consent", new { granted = true })).Expect(HttpStatusCode.NoContent);

    /// <summary>A hub connection with this visitor's cookie, not started.</summary>
    public HubConnection Hub(string path, Action<Microsoft.AspNetCore.Http.Connections.Client.HttpConnectionOptions>? configure = null) =>
        new HubConnectionBuilder()
            .WithUrl(new Uri(_server.Address, path), options =>
            {
                options.Cookies = Cookies;
                configure?.Invoke(options);
            })
            .AddJsonProtocol(json =>
            {
                foreach (var converter in Json.Converters) json.PayloadSerializerOptions.Converters.Add(converter);
            })
            .Build();

    public static string NewId() => Guid.NewGuid().ToString();

    private static JsonSerializerOptions ServiceFormat()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        WireFormat.Apply(options);
        return options;
    }

    public void Dispose()
    {
        Http.Dispose();
        _handler.Dispose();
    }
}
