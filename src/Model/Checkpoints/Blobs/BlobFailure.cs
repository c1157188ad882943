using System.Net.Sockets;
using Azure;
using ChatLoop.Contracts.Errors;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Checkpoints.Blobs;

/// <summary>What the storage service says, in terms that people can act on. Never with an address: it may hold a signature.</summary>
public static class BlobFailure
{
    /// <summary>Of the errors of Azure.Identity, which is not needed here.</summary>
    private const string Identity = "Azure.Identity";

    public const int NotFound = 404, Conflict = 409, PreconditionFailed = 412;

    /// <summary>Runs the work on the thread pool, and translates what the service refuses or cannot be asked.</summary>
    public static Task<T> Translated<T>(string container, Func<Task<T>> work, CancellationToken cancellationToken) => Task.Run(async () =>
    {
        try
        {
            return await work();
        }
        catch (RequestFailedException refused) when (refused.Status is 401 or 403)
        {
            throw ChatLoopException.Invalid($"Azure Blob Storage refuses access to the container '{container}' ({refused.ErrorCode ?? $"{refused.Status}"}). "
                + "Check Checkpoints:ConnectionString, or what Checkpoints:Endpoint's identity or signature may do.");
        }
        catch (Exception e) when (e.GetType().Namespace == Identity)
        {
            throw ChatLoopException.Invalid($"This machine has no identity that Azure Blob Storage takes for the container '{container}' ({e.GetType().Name}). "
                + "Give it one, or set Checkpoints:ConnectionString or a signature in Checkpoints:Endpoint.");
        }
        catch (Exception e) when (IsOutage(e) && !cancellationToken.IsCancellationRequested)
        {
            throw new ChatLoopException(ErrorCode.Busy, $"The container '{container}' of Azure Blob Storage cannot be reached ({Reason(e)}). "
                + "Is the service up, and is Checkpoints:ConnectionString or Checkpoints:Endpoint right?");
        }
    }, cancellationToken);

    /// <inheritdoc cref="Translated{T}"/>
    public static Task Translated(string container, Func<Task> work, CancellationToken cancellationToken) => Translated(container, async () =>
    {
        await work();
        return true;
    }, cancellationToken);

    /// <summary>The blob does not exist, or its container does not.</summary>
    internal static bool IsMissing(this RequestFailedException e) => e.Status == NotFound;

    /// <summary>A condition did not hold: somebody else was there first.</summary>
    internal static bool IsTaken(this RequestFailedException e) => e.Status is Conflict or PreconditionFailed;

    private static bool IsOutage(Exception e) => e switch
    {
        RequestFailedException failed => failed.Status is 0 or 408 or 429 or >= 500,
        AggregateException several => several.InnerExceptions.All(IsOutage),
        // The network's only: a full disk is no outage.
        HttpIOException or HttpRequestException or OperationCanceledException => true,
        IOException { InnerException: SocketException } => true,
        _ => false,
    };

    private static string Reason(Exception e) => e switch
    {
        AggregateException several => Reason(several.InnerExceptions[^1]),
        RequestFailedException { Status: > 0 } failed => failed.ErrorCode ?? $"{failed.Status}",
        { InnerException: { } inner } => Reason(inner),
        OperationCanceledException => "it does not answer",
        _ => e.Message.TrimEnd('.'),
    };
}
