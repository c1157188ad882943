using System.Runtime.CompilerServices;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Limits;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Contracts.Learning;
using Microsoft.AspNetCore.SignalR;

namespace ChatLoop.ChatApi.Hubs;

/// <summary>
/// Bounds the streams that one user reads at once, and hands errors that are meant for users to the client in their own words,
/// inside streams as well. Everything else is logged by SignalR and stays on the server.
/// </summary>
public sealed class HubCallFilter(OpenStreams openStreams) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var userId = invocationContext.Context.User!.RequiredUserId();
        try
        {
            return await next(invocationContext) switch
            {
                IAsyncEnumerable<RunEvent> events => Guarded(userId, events),
                IAsyncEnumerable<LearningSnapshot> snapshots => Guarded(userId, snapshots),
                var result => result,
            };
        }
        catch (ChatLoopException known)
        {
            throw new HubException(known.Message, known);
        }
    }

    private async IAsyncEnumerable<T> Guarded<T>(
        string userId, IAsyncEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var place = openStreams.TryEnter(userId) ?? throw new HubException(openStreams.Full.Message);
        await using var reader = items.GetAsyncEnumerator(cancellationToken);
        while (await Next(reader)) yield return reader.Current;
    }

    private static async ValueTask<bool> Next<T>(IAsyncEnumerator<T> reader)
    {
        try
        {
            return await reader.MoveNextAsync();
        }
        catch (ChatLoopException known)
        {
            throw new HubException(known.Message, known);
        }
    }
}
