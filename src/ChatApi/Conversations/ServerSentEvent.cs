using System.Globalization;
using System.Text.Json;
using ChatLoop.Contracts.Generation;

namespace ChatLoop.ChatApi.Conversations;

/// <summary>One event of the stream. JSON holds no line break, so the data is one line.</summary>
public readonly record struct ServerSentEvent(int Id, RunEvent Event)
{
    public async Task Write(HttpResponse response, JsonSerializerOptions json, CancellationToken cancellationToken)
    {
        await response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"id: {Id}\ndata: {JsonSerializer.Serialize(Event, json)}\n\n"), cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}
