using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ChatLoop.ChatApi.Hubs;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Generation;
using ChatLoop.Contracts.Learning;

namespace ChatLoop.EndToEnd.Tests.Service;

/// <summary>One visitor: an HTTP client with its own cookie, as a page would use the API.</summary>
public sealed class ChatUser : IDisposable
{
    private static readonly JsonSerializerOptions Json = ServiceFormat();

    private readonly HttpClientHandler _handler = new() { CookieContainer = new CookieContainer() };

    private ChatUser(Uri address) => Http = ClientOf(address);

    public HttpClient Http { get; private set; }
    public CookieContainer Cookies => _handler.CookieContainer;

    /// <summary>A new visitor who agrees that feedback is used.</summary>
    public static async Task<ChatUser> Visit(Uri address, CancellationToken cancellationToken)
    {
        var user = new ChatUser(address);
        using var me = await user.Http.GetAsync(Relative("/api/v1/me"), cancellationToken);
        me.EnsureSuccessStatusCode();
        using var consent = await user.Http.PutAsJsonAsync(Relative("/api/v1/me/consent"), new { granted = true }, Json, cancellationToken);
        consent.EnsureSuccessStatusCode();
        return user;
    }

    /// <summary>The same visitor after the service restarted on another port: cookies belong to the host.</summary>
    public void MoveTo(Uri address)
    {
        Http.Dispose();
        Http = ClientOf(address);
    }

    public async Task<ConversationSnapshot> NewConversation(CancellationToken cancellationToken) =>
        await Post<ConversationSnapshot>("/api/v1/conversations", new { }, cancellationToken);

    public async Task<RunReceipt> Send(string conversationId, string text, string? parentTurnId, SamplingParameters? sampling, CancellationToken cancellationToken) =>
        await Post<RunReceipt>($"/api/v1/conversations/{conversationId}/messages",
            new { requestId = NewId(), text, parentTurnId, sampling }, cancellationToken);

    public async Task<RunReceipt> AnswerAgain(string conversationId, string userTurnId, string? compareWithTurnId, SamplingParameters? sampling, CancellationToken cancellationToken) =>
        await Post<RunReceipt>($"/api/v1/conversations/{conversationId}/answers",
            new { requestId = NewId(), userTurnId, compareWithTurnId, sampling }, cancellationToken);

    /// <summary>Reads a run to its end and returns the answer's text.</summary>
    public async Task<string> Read(string conversationId, string runId, CancellationToken cancellationToken)
    {
        var text = "";
        await foreach (var runEvent in Events(conversationId, runId, cancellationToken))
        {
            text = runEvent.Kind switch
            {
                RunEventKind.Snapshot => runEvent.Text,
                RunEventKind.Delta => text + runEvent.Text,
                RunEventKind.Error => throw new BrokenAnswerException(runEvent.Text),
                _ => text,
            };
        }
        return text;
    }

    /// <summary>A run's log from its start to its Done or Error event.</summary>
    public async IAsyncEnumerable<RunEvent> Events(string conversationId, string runId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await Http.GetAsync(Relative($"/api/v1/conversations/{conversationId}/runs/{runId}/events?fromSeq=1"),
            HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new RefusedException(response.StatusCode, $"The events of {runId}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}");
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            if (item.Data.Length == 0) continue;
            var runEvent = JsonSerializer.Deserialize<RunEvent>(item.Data, Json)!;
            yield return runEvent;
            if (runEvent.Kind is RunEventKind.Done or RunEventKind.Error) yield break;
        }
    }

    public async Task<FeedbackStatus> Judge(FeedbackSubmission submission, CancellationToken cancellationToken)
    {
        using var response = await Http.PutAsJsonAsync(Relative($"/api/v1/feedback/{submission.FeedbackId}"), submission, Json, cancellationToken);
        return await Body<FeedbackStatus>(response, cancellationToken);
    }

    public Task<IReadOnlyList<FeedbackStatus>> MyFeedback(CancellationToken cancellationToken) =>
        Get<IReadOnlyList<FeedbackStatus>>("/api/v1/me/feedback", cancellationToken);

    public Task<LearningSnapshot> Learning(CancellationToken cancellationToken) => Get<LearningSnapshot>("/api/v1/learning", cancellationToken);

    public Task<ConversationSnapshot> Conversation(string id, CancellationToken cancellationToken) =>
        Get<ConversationSnapshot>($"/api/v1/conversations/{id}", cancellationToken);

    public async Task<T> Get<T>(string path, CancellationToken cancellationToken)
    {
        using var response = await Http.GetAsync(Relative(path), cancellationToken);
        return await Body<T>(response, cancellationToken);
    }

    public async Task<T> Post<T>(string path, object body, CancellationToken cancellationToken)
    {
        using var response = await Http.PostAsJsonAsync(Relative(path), body, Json, cancellationToken);
        return await Body<T>(response, cancellationToken);
    }

    public static string NewId() => Guid.NewGuid().ToString();

    public static Uri Relative(string path) => new(path, UriKind.Relative);

    private HttpClient ClientOf(Uri address)
    {
        var client = new HttpClient(_handler, disposeHandler: false) { BaseAddress = address };
        client.DefaultRequestHeaders.Add("X-ChatLoop", "1");
        return client;
    }

    private static JsonSerializerOptions ServiceFormat()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        WireFormat.Apply(options);
        return options;
    }

    private static async Task<T> Body<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new RefusedException(response.StatusCode, $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri}: {(int)response.StatusCode} {text}");
        return text.Length == 0 ? default! : JsonSerializer.Deserialize<T>(text, Json)!;
    }

    public void Dispose()
    {
        Http.Dispose();
        _handler.Dispose();
    }
}

/// <summary>The service answered with an error.</summary>
public sealed class RefusedException(HttpStatusCode status, string message) : Exception(message)
{
    public HttpStatusCode Status => status;
}

/// <summary>The answer ended with an error, which says what to do.</summary>
public sealed class BrokenAnswerException(string message) : Exception(message);
