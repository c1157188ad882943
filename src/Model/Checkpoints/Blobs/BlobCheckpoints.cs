using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using ChatLoop.Contracts.Errors;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Checkpoints.Blobs;

/// <summary>
/// Checkpoints in a container of Azure Blob Storage, which is the truth that all silos share; the local store is a cache of it. A
/// checkpoint is published file by file and its manifest last: without the manifest it does not exist. Thread-safe, and safe for any
/// number of processes (docs/adr/0025).
/// </summary>
public sealed class BlobCheckpoints(BlobContainerClient container, CheckpointStore store, BlobTransferOptions options, TimeProvider clock) : ICheckpointExchange
{
    private readonly BlobNames _names = new(options.Prefix);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);
    /// <summary>Known to be intact and published. Checkpoints never change, so this is checked once.</summary>
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task Publish(string folder, CancellationToken cancellationToken) => InTurn(folder, async () =>
    {
        await Send(folder, cancellationToken);
        return true;
    }, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> TryEnsure(string folder, CancellationToken cancellationToken) => InTurn(folder, () => Bring(folder, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task Ensure(string folder, CancellationToken cancellationToken)
    {
        if (!await TryEnsure(folder, cancellationToken)) throw Missing(folder);
    }

    /// <summary>Marks a checkpoint as one that nobody needs any more. <see cref="Collect"/> deletes it later; publishing it again unmarks it.</summary>
    /// <exception cref="ChatLoopException">DamagedCheckpoint: there is none.</exception>
    public Task Retire(string folder, CancellationToken cancellationToken) => InTurn(folder, async () =>
    {
        if (!await SetRetired(folder, clock.GetUtcNow(), cancellationToken)) throw Missing(folder);
        return true;
    }, cancellationToken);

    /// <inheritdoc/>
    public async Task Discard(IReadOnlyCollection<string> folders, IReadOnlySet<string> keep, TimeSpan olderThan, CancellationToken cancellationToken)
    {
        foreach (var folder in folders)
            await InTurn(folder, () => SetRetired(folder, clock.GetUtcNow(), cancellationToken), cancellationToken);
        await Collect(keep, olderThan, cancellationToken);
    }

    /// <summary>
    /// Deletes what was retired, the manifest first so that the checkpoint stops existing before it is incomplete, and what cut uploads
    /// left. A fetch beside it fails or is whole. What another writer is at is left for the next time.
    /// </summary>
    /// <param name="keep">Folders that stay, retired or not.</param>
    /// <param name="olderThan">Since it was retired, or since the last upload was begun.</param>
    public Task<CollectedBlobs> Collect(IReadOnlySet<string> keep, TimeSpan olderThan, CancellationToken cancellationToken) =>
        BlobFailure.Translated(container.Name, () => new BlobCollection(container, _names, options, clock)
            .Run(keep, clock.GetUtcNow() - olderThan, cancellationToken), cancellationToken);

    private async Task Send(string folder, CancellationToken cancellationToken)
    {
        var manifest = store.ReadManifest(folder);
        var copy = Copy(folder);
        var bytes = await File.ReadAllBytesAsync(copy.PathOf(CheckpointManifest.FileName), cancellationToken);
        if (!await IsPublished(folder, manifest, cancellationToken))
        {
            await CreateContainer(cancellationToken);
            await using var lease = await WriterLease.Acquire(container.GetBlobClient(_names.Lock(folder)), $"the checkpoint '{folder}'", options, clock, cancellationToken);
            using var writing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lease.Lost);
            try
            {
                foreach (var (name, file) in manifest.Files)
                    await new BlockUpload(container.GetBlockBlobClient(_names.File(folder, name, file)), copy.PathOf(name), file, options).Run(writing.Token);
                await CommitManifest(folder, manifest, bytes, writing.Token);
            }
            catch (OperationCanceledException) when (lease.Lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw ChatLoopException.Conflict($"Another writer took over the checkpoint '{folder}' while this one was held up. Publish it again.");
            }
        }
        if (await PublishedManifest.Read(Manifest(folder), NameOf(folder), cancellationToken) is { } published && published.Bytes.AsSpan().SequenceEqual(bytes))
        {
            copy.Mark(bytes);
            _known[folder] = true;
        }
    }

    /// <summary>Whether it is there with every file, as it must not be sent again then. One that was retired is needed again.</summary>
    private async Task<bool> IsPublished(string folder, CheckpointManifest manifest, CancellationToken cancellationToken)
    {
        if (await PublishedManifest.Read(Manifest(folder), NameOf(folder), cancellationToken) is not { } published) return false;
        if (!published.Manifest.SameFiles(manifest)) throw Another(folder);
        var lengths = new Dictionary<string, long?>(StringComparer.Ordinal);
        await foreach (var blob in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, _names.Folder(folder), cancellationToken))
            lengths[blob.Name] = blob.Properties.ContentLength;
        return manifest.Files.All(f => lengths.GetValueOrDefault(_names.File(folder, f.Key, f.Value)) == f.Value.Length)
            && (published.RetiredAt is null || await SetRetired(folder, null, cancellationToken));
    }

    private async Task CommitManifest(string folder, CheckpointManifest manifest, byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            await Manifest(folder).UploadAsync(BinaryData.FromBytes(bytes), new BlobUploadOptions
            {
                Conditions = new() { IfNoneMatch = ETag.All },
                Metadata = PublishedManifest.MetadataOf(bytes, retiredAt: null),
                HttpHeaders = new() { ContentType = "application/json" },
                TransferValidation = new() { ChecksumAlgorithm = Azure.Storage.StorageChecksumAlgorithm.MD5 },
            }, cancellationToken);
        }
        catch (RequestFailedException e) when (e.IsTaken())
        {
            // Another writer was faster, or the answer to an earlier try was lost.
            if (await PublishedManifest.Read(Manifest(folder), NameOf(folder), cancellationToken) is not { } published || !published.Manifest.SameFiles(manifest))
                throw Another(folder);
            if (published.RetiredAt is not null) await SetRetired(folder, null, cancellationToken);
        }
    }

    private async Task<bool> Bring(string folder, CancellationToken cancellationToken)
    {
        if (_known.ContainsKey(folder) && store.Exists(folder)) return true;
        var copy = Copy(folder);
        var intact = await copy.ReadIntact(cancellationToken);
        if (intact is null || !copy.IsMarked(intact))
        {
            var published = await PublishedManifest.Read(Manifest(folder), NameOf(folder), cancellationToken);
            // Saved before there was a container, or by a process that died before it published.
            if (published is null)
            {
                if (intact is null) return false;
                await Send(folder, cancellationToken);
            }
            else if (intact is not null && published.Bytes.AsSpan().SequenceEqual(intact)) copy.Mark(intact);
            else await new CheckpointFetch(container, _names, store, options.Poll, clock).Run(folder, published, copy, cancellationToken);
        }
        _known[folder] = true;
        return true;
    }

    /// <returns>False when it is not there or changed meanwhile.</returns>
    private async Task<bool> SetRetired(string folder, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        if (await PublishedManifest.Read(Manifest(folder), NameOf(folder), cancellationToken) is not { } published) return false;
        // Marked again, it is as old as it was.
        if (at is not null && published.RetiredAt is not null) return true;
        try
        {
            await Manifest(folder).SetMetadataAsync(PublishedManifest.MetadataOf(published.Bytes, at), new() { IfMatch = published.Version }, cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (e.IsTaken() || e.IsMissing())
        {
            return false;
        }
    }

    private async Task CreateContainer(CancellationToken cancellationToken)
    {
        try
        {
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status == 403)
        {
            // A signature that may write blobs need not be one that may make containers.
        }
    }

    /// <summary>One call for a checkpoint at a time in this process, and none on its caller's thread.</summary>
    private Task<T> InTurn<T>(string folder, Func<Task<T>> work, CancellationToken cancellationToken) => BlobFailure.Translated(container.Name, async () =>
    {
        var turn = _turns.GetOrAdd(folder, _ => new(1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            turn.Release();
        }
    }, cancellationToken);

    private BlobClient Manifest(string folder) => container.GetBlobClient(_names.Manifest(folder));

    private LocalCopy Copy(string folder) => new(store, folder, $"{container.Uri.GetLeftPart(UriPartial.Path)}/{_names.Checkpoints}");

    private string NameOf(string folder) => BlobNames.Describe(container, _names.Manifest(folder));

    private ChatLoopException Missing(string folder) => new(ErrorCode.DamagedCheckpoint,
        $"There is no published checkpoint '{folder}': the blob '{NameOf(folder)}' is missing. Publish it from a silo that has it, or use another checkpoint.");

    private ChatLoopException Another(string folder) => ChatLoopException.Conflict(
        $"'{NameOf(folder)}' is the manifest of another checkpoint: checkpoints never change. Save under a new name.");
}
