using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.Model.Checkpoints.Blobs;

/// <summary>
/// The right to write one checkpoint: a lease on its lock blob, renewed until it is given up. It saves two writers from sending the
/// same bytes; that a checkpoint stays whole does not hang on it (docs/adr/0025).
/// </summary>
internal sealed class WriterLease : IAsyncDisposable
{
    private readonly BlobClient _blob;
    private readonly BlobLeaseClient _lease;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _renewing;

    private WriterLease(BlobClient blob, BlobLeaseClient lease, TimeSpan duration, TimeProvider clock)
    {
        (_blob, _lease) = (blob, lease);
        _renewing = Renew(duration, clock);
    }

    /// <summary>Cancelled when somebody else has, or may have, the lease.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <param name="what">For people, such as "the checkpoint 'v2'".</param>
    /// <exception cref="ChatLoopException">Conflict: somebody else had it for as long as one would wait.</exception>
    public static async Task<WriterLease> Acquire(
        BlobClient blob, string what, BlobTransferOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            if (await TryAcquire(blob, options.Lease, clock, cancellationToken) is { } lease) return lease;
            if (clock.GetElapsedTime(began) >= options.WaitForWriter)
                throw ChatLoopException.Conflict($"Another writer publishes or collects {what}. Try again when it is done; a writer that died is forgotten after {options.Lease.TotalSeconds:0} seconds.");
            await Task.Delay(options.Poll, clock, cancellationToken);
        }
    }

    /// <summary>Null when somebody else has it.</summary>
    public static async Task<WriterLease?> TryAcquire(BlobClient blob, TimeSpan duration, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            await blob.UploadAsync(BinaryData.Empty, new BlobUploadOptions { Conditions = new() { IfNoneMatch = ETag.All } }, cancellationToken);
        }
        catch (RequestFailedException e) when (e.IsTaken())
        {
            // It is there, leased or not.
        }
        var lease = blob.GetBlobLeaseClient();
        try
        {
            await lease.AcquireAsync(duration, cancellationToken: cancellationToken);
            // Its time says when the checkpoint was last worked on.
            await blob.SetMetadataAsync(new Dictionary<string, string>(), new() { LeaseId = lease.LeaseId }, cancellationToken);
            return new(blob, lease, duration, clock);
        }
        catch (RequestFailedException e) when (e.IsTaken() || e.IsMissing())
        {
            return null;
        }
    }

    /// <summary>Deletes the lock blob; the lease goes with it.</summary>
    public async Task DeleteLock(CancellationToken cancellationToken)
    {
        await StopRenewing();
        await _blob.DeleteIfExistsAsync(conditions: new() { LeaseId = _lease.LeaseId }, cancellationToken: cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopRenewing();
        try
        {
            if (!_lost.IsCancellationRequested) await _lease.ReleaseAsync();
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException)
        {
            // Lost, or the service is out of reach: it ends by itself.
        }
        _lost.Dispose();
        _ending.Dispose();
    }

    private async Task StopRenewing()
    {
        await _ending.CancelAsync();
        await _renewing;
    }

    private async Task Renew(TimeSpan duration, TimeProvider clock)
    {
        var renewed = clock.GetTimestamp();
        using var timer = new PeriodicTimer(duration / 4, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                try
                {
                    var began = clock.GetTimestamp();
                    await _lease.RenewAsync(cancellationToken: _ending.Token);
                    renewed = began;
                }
                catch (RequestFailedException e) when (e.IsTaken() || e.IsMissing())
                {
                    break;
                }
                catch (Exception e) when (e is RequestFailedException or AggregateException)
                {
                    if (clock.GetElapsedTime(renewed) >= duration) break;
                }
            }
            await _lost.CancelAsync();
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
        }
    }
}
