using System.Runtime.CompilerServices;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Limits;
using ChatLoop.ChatApi.Problems;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Contracts.Learning;
using Microsoft.AspNetCore.SignalR;

namespace ChatLoop.ChatApi.Hubs;

/// <summary>
/// Checks again who calls, as a connection outlives the call that let it in; bounds the streams that one user reads at once; and hands errors that are meant for users to the client in their own words,
/// inside streams as well. Everything else is logged and stays on the server.
/// </summary>
public sealed partial class HubCallFilter(OpenStreams openStreams, LiveConnections connections, ILogger<HubCallFilter> logger) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var connection = invocationContext.Context;
        var userId = connection.User!.RequiredUserId();
        try
        {
            if (!await ConnectionRecheck.StillCounts(connection, invocationContext.ServiceProvider.GetRequiredService<Identities>(), connection.ConnectionAborted))
            {
                connection.Abort();
                throw new HubException("Your session has ended or your role has changed: reload the page.");
            }
            return await next(invocationContext) switch
            {
                IAsyncEnumerable<RunEvent> events => Guarded(userId, events),
                IAsyncEnumerable<LearningSnapshot> snapshots => Guarded(userId, snapshots),
                var result => result,
            };
        }
        catch (Exception error) when (IsFailure(error))
        {
            throw Told(error, invocationContext.HubMethodName);
        }
    }

    public Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        connections.Add(context.Context);
        return next(context);
    }

    public Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        connections.Remove(context.Context);
        return next(context, exception);
    }

    private async IAsyncEnumerable<T> Guarded<T>(
        string userId, IAsyncEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var place = openStreams.TryEnter(userId) ?? throw new HubException(openStreams.Full.Message);
        await using var reader = items.GetAsyncEnumerator(cancellationToken);
        while (await Next(reader)) yield return reader.Current;
    }

    private async ValueTask<bool> Next<T>(IAsyncEnumerator<T> reader)
    {
        try
        {
            return await reader.MoveNextAsync();
        }
        catch (Exception error) when (IsFailure(error))
        {
            throw Told(error, typeof(T).Name);
        }
    }

    /// <summary>A page that leaves cancels its calls: that is no failure.</summary>
    private static bool IsFailure(Exception error) => error is not (OperationCanceledException or HubException);

    private HubException Told(Exception error, string call)
    {
        if (error is ChatLoopException known) return new HubException(known.Message, known);
        LogFailed(logger, call, error);
        return new HubException(Problem.Of(error).Detail, error);
    }

    [LoggerMessage(LogLevel.Error, "{Call} failed.")]
    private static partial void LogFailed(ILogger logger, string call, Exception error);
}
