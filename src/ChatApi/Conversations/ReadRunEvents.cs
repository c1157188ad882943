using System.Globalization;
using System.Security.Claims;
using ChatLoop.ChatApi.Limits;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using Microsoft.Extensions.Options;
using HttpJson = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace ChatLoop.ChatApi.Conversations;

/// <summary>The hub's Watch as server-sent events (WHATWG HTML, section 9.2), for clients without SignalR.</summary>
public static class ReadRunEvents
{
    /// <summary>An unknown run fails at once; one that waits in the queue must not hold the headers back any longer.</summary>
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);

    /// <summary>Proxies close a connection that says nothing.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    public static void Map(RouteGroupBuilder group) => group.MapGet("/{conversationId}/runs/{runId}/events", Handle)
        .Produces<RunEvent>(StatusCodes.Status200OK, "text/event-stream")
        .Produces(StatusCodes.Status204NoContent)
        .WithSummary("A run's events from fromSeq (1 = all), then as they come. Last-Event-ID resumes after that event; 204 when nothing is left.");

    private static async Task Handle(
        string conversationId, string runId, ClaimsPrincipal user, IGrainFactory grains, OpenStreams openStreams,
        IOptions<HttpJson> json, HttpContext http, CancellationToken cancellationToken, int fromSeq = 1)
    {
        var calls = ConversationCalls.For(user, conversationId, grains);
        var events = WatchRun.Watch(calls, runId, ResumeFrom(http.Request) ?? fromSeq, cancellationToken);
        using var place = openStreams.TryEnter(calls.UserId) ?? throw openStreams.Full;
        await using var reader = events.GetAsyncEnumerator(cancellationToken);

        var next = reader.MoveNextAsync().AsTask();
        await Task.WhenAny(next, Task.Delay(FirstWait, cancellationToken));
        if (next.IsCompleted && !await next)
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        await StartResponse(http.Response, cancellationToken);
        while (await Arrived(next, http.Response, cancellationToken))
        {
            await new ServerSentEvent(reader.Current.Seq, reader.Current).Write(http.Response, json.Value.SerializerOptions, cancellationToken);
            next = reader.MoveNextAsync().AsTask();
        }
    }

    /// <summary>EventSource sends the id of the last event that it saw when it connects again.</summary>
    private static int? ResumeFrom(HttpRequest request)
    {
        if (request.Headers["Last-Event-ID"] is not [{ Length: > 0 } last]) return null;
        return int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) && seq < int.MaxValue
            ? seq + 1
            : throw ChatLoopException.Invalid("'Last-Event-ID' must be the number of an event of this run.");
    }

    private static Task StartResponse(HttpResponse response, CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        return response.Body.FlushAsync(cancellationToken);
    }

    private static async Task<bool> Arrived(Task<bool> next, HttpResponse response, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await next.WaitAsync(KeepAlive, cancellationToken);
            }
            catch (TimeoutException) when (!next.IsCompleted)
            {
                await response.WriteAsync(": waiting\n\n", cancellationToken);
                await response.Body.FlushAsync(cancellationToken);
            }
        }
    }
}
