using System.Runtime.CompilerServices;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Limits;
using ChatLoop.ChatApi.Problems;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Contracts.Learning;
using Microsoft.AspNetCore.SignalR;

namespace ChatLoop.ChatApi.Hubs;

/// <summary>
/// Bounds the streams that one user reads at once, and hands errors that are meant for users to the client in their own words,
/// inside streams as well. Everything else is logged and stays on the server.
/// </summary>
public sealed partial class HubCallFilter(OpenStreams openStreams, ILogger<HubCallFilter> logger) : IHubFilter
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
        catch (Exception error) when (IsFailure(error))
        {
            throw Told(error, invocationContext.HubMethodName);
        }
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
