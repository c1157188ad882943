using System.Text.Json;
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
        try
        {
            await foreach (var snapshot in connection.StreamAsync<LearningSnapshot>("Watch", cancellationToken))
            {
                last = snapshot;
                if (condition(snapshot)) return snapshot;
            }
        }
        catch (OperationCanceledException waitedLong)
        {
            throw new TimeoutException($"The learning feed never showed it. {Told(last)}\n{service.Log}", waitedLong);
        }
        throw new InvalidOperationException($"The learning feed ended. {Told(last)}\n{service.Log}");
    }

    private static string Told(LearningSnapshot? last) =>
        $"Last outcome: {last?.Trainer.LastOutcome}\n{JsonSerializer.Serialize(last?.Trainer)}\n"
        + string.Join('\n', last?.Decisions.Select(d => $"v{d.Version} {d.Stage} {d.By}: {d.Reason}") ?? []);
}
