using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using ChatLoop.Contracts.Generation;

namespace ChatLoop.ChatApi.Tests.Service;

/// <summary>Reads a run as server-sent events, event by event.</summary>
public sealed class RunEventReader : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _items;

    private RunEventReader(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _items = SseParser.Create(stream).EnumerateAsync(HangGuard.Token).GetAsyncEnumerator();
    }

    public static async Task<RunEventReader> Open(TestVisitor visitor, string conversationId, string runId, int fromSeq = 1, string lastEventId = "")
    {
        using var request = visitor.Request(HttpMethod.Get, $"/api/v1/conversations/{conversationId}/runs/{runId}/events?fromSeq={fromSeq}", ("Last-Event-ID", lastEventId));
        var response = await visitor.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, HangGuard.Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new(response, await response.Content.ReadAsStreamAsync(HangGuard.Token));
    }

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<RunEvent?> Next()
    {
        if (!await _items.MoveNextAsync()) return null;
        var runEvent = JsonSerializer.Deserialize<RunEvent>(_items.Current.Data, TestVisitor.Json)!;
        Assert.Equal($"{runEvent.Seq}", _items.Current.EventId);
        return runEvent;
    }

    public async Task<IReadOnlyList<RunEvent>> ReadToEnd()
    {
        List<RunEvent> events = [];
        while (await Next() is { } next) events.Add(next);
        return events;
    }

    public void Dispose() => _response.Dispose();
}
