using ChatLoop.ChatApi.Hubs;
using ChatLoop.Contracts.Learning;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace ChatLoop.EndToEnd.Tests.Service;

/// <summary>Follows the learning hub, as the learning page does.</summary>
public static class LearningFeed
{
    /// <summary>Waits for the first snapshot that satisfies the condition.</summary>
    public static async Task<LearningSnapshot> WaitFor(ChatLoopService service, Func<LearningSnapshot, bool> condition, CancellationToken cancellationToken)
    {
        using var visitor = await ChatUser.Visit(service.Address, cancellationToken);
        await using var connection = new HubConnectionBuilder()
            .WithUrl(new Uri(service.Address, "/hubs/learning"), options => options.Cookies = visitor.Cookies)
            .AddJsonProtocol(json => WireFormat.Apply(json.PayloadSerializerOptions))
            .Build();
        await connection.StartAsync(cancellationToken);
        LearningSnapshot? last = null;
        await foreach (var snapshot in connection.StreamAsync<LearningSnapshot>("Watch", cancellationToken))
        {
            last = snapshot;
            if (condition(snapshot)) return snapshot;
        }
        throw new InvalidOperationException($"The learning feed ended. Last outcome: {last?.Trainer.LastOutcome}\n{service.Log}");
    }
}
