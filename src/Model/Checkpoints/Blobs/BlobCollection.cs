using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace ChatLoop.Model.Checkpoints.Blobs;

/// <param name="Checkpoints">Folders of the retired checkpoints that were deleted.</param>
/// <param name="Unfinished">Blobs that cut or refused uploads had left, and that were deleted.</param>
public sealed record CollectedBlobs(IReadOnlyList<string> Checkpoints, int Unfinished);

/// <summary>
/// Deletes blobs that nobody needs. All that it decides by was listed before its first delete, and every delete is on condition that
/// the blob is still the one of the list: a publisher touches each blob that it counts on, and so keeps it.
/// </summary>
internal sealed class BlobCollection(BlobContainerClient container, BlobNames names, BlobTransferOptions options, TimeProvider clock)
{
    private readonly List<string> _checkpoints = [];
    private int _unfinished;

    /// <param name="before">Retired, or begun and not finished, before this.</param>
    public async Task<CollectedBlobs> Run(IReadOnlySet<string> keep, DateTimeOffset before, CancellationToken cancellationToken)
    {
        foreach (var folder in await Folders(cancellationToken))
        {
            if (!await HasWork(folder, keep, before, cancellationToken)) continue;
            await using var lease = await WriterLease.TryAcquire(container.GetBlobClient(names.Lock(folder)), options.Lease, clock, cancellationToken);
            if (lease is null) continue;
            using var writing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lease.Lost);
            await Collect(folder, keep, before, writing.Token);
            if (await List(folder, writing.Token) is []) await lease.DeleteLock(writing.Token);
        }
        return new(_checkpoints, _unfinished);
    }

    private async Task<IReadOnlySet<string>> Folders(CancellationToken cancellationToken)
    {
        var folders = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (var prefix in (string[])[names.Checkpoints, names.Locks])
                await foreach (var blob in container.GetBlobsAsync(BlobTraits.None, BlobStates.Uncommitted, prefix, cancellationToken))
                    folders.Add(names.FolderOf(blob.Name));
        }
        catch (RequestFailedException e) when (e.IsMissing())
        {
            // Nothing was ever published.
        }
        return folders;
    }

    /// <summary>Whether to lock it at all: taking the lock is a sign of work, which would make an unfinished upload look young.</summary>
    private async Task<bool> HasWork(string folder, IReadOnlySet<string> keep, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var blobs = await List(folder, cancellationToken);
        if (IsDoomed(folder, blobs, keep, before)) return true;
        if (blobs.Count == 0 || blobs.All(b => b.Name != names.Manifest(folder))) return await LastWork(folder, cancellationToken) < before;
        return (await Leftovers(folder, blobs, before, cancellationToken)).Any();
    }

    private async Task Collect(string folder, IReadOnlySet<string> keep, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var blobs = await List(folder, cancellationToken);
        var manifest = blobs.Find(b => b.Name == names.Manifest(folder));
        if (manifest is null)
        {
            foreach (var blob in blobs) _unfinished += await Delete(blob, cancellationToken) ? 1 : 0;
        }
        else if (!IsDoomed(folder, blobs, keep, before))
        {
            foreach (var blob in await Leftovers(folder, blobs, before, cancellationToken)) _unfinished += await Delete(blob, cancellationToken) ? 1 : 0;
        }
        else if (await Delete(manifest, cancellationToken))
        {
            foreach (var blob in blobs.Where(b => b != manifest)) await Delete(blob, cancellationToken);
            _checkpoints.Add(folder);
        }
    }

    private bool IsDoomed(string folder, List<BlobItem> blobs, IReadOnlySet<string> keep, DateTimeOffset before) =>
        !keep.Contains(folder) && PublishedManifest.RetiredAtOf(blobs.Find(b => b.Name == names.Manifest(folder))?.Metadata) <= before;

    /// <summary>Old blobs beside a whole checkpoint that are not its own: of a writer that came too late.</summary>
    private async Task<IEnumerable<BlobItem>> Leftovers(string folder, List<BlobItem> blobs, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var old = blobs.Where(b => (b.Properties.LastModified ?? before) <= before).ToList();
        if (old.Count == 0) return [];
        var name = names.Manifest(folder);
        if (await PublishedManifest.Read(container.GetBlobClient(name), BlobNames.Describe(container, name), cancellationToken) is not { } published) return [];
        HashSet<string> own = [name, .. published.Manifest.Files.Select(f => names.File(folder, f.Key, f.Value))];
        return old.Where(b => !own.Contains(b.Name));
    }

    /// <summary>When somebody last began to write the checkpoint.</summary>
    private async Task<DateTimeOffset> LastWork(string folder, CancellationToken cancellationToken)
    {
        try
        {
            BlobProperties found = await container.GetBlobClient(names.Lock(folder)).GetPropertiesAsync(cancellationToken: cancellationToken);
            return found.LeaseState == LeaseState.Leased ? DateTimeOffset.MaxValue : found.LastModified;
        }
        catch (RequestFailedException e) when (e.IsMissing())
        {
            return DateTimeOffset.MinValue;
        }
    }

    private async Task<List<BlobItem>> List(string folder, CancellationToken cancellationToken)
    {
        var blobs = new List<BlobItem>();
        await foreach (var blob in container.GetBlobsAsync(BlobTraits.Metadata, BlobStates.Uncommitted, names.Folder(folder), cancellationToken))
            if (names.FolderOf(blob.Name) == folder) blobs.Add(blob);
        return blobs;
    }

    private async Task<bool> Delete(BlobItem item, CancellationToken cancellationToken)
    {
        var blob = container.GetBlockBlobClient(item.Name);
        try
        {
            // Of blocks that were never made a blob there is nothing to delete: a commit of none of them drops them.
            var version = item.Properties.ContentLength is null or 0 && item.Metadata is not { Count: > 0 }
                ? await DropBlocks(blob, cancellationToken) ?? item.Properties.ETag
                : item.Properties.ETag;
            if (version is null) return false;
            await blob.DeleteAsync(conditions: new() { IfMatch = version }, cancellationToken: cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (e.IsTaken() || e.IsMissing())
        {
            return false;
        }
    }

    private static async Task<ETag?> DropBlocks(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            BlobContentInfo dropped = await blob.CommitBlockListAsync([], new() { Conditions = new() { IfNoneMatch = ETag.All } }, cancellationToken);
            return dropped.ETag;
        }
        catch (RequestFailedException e) when (e.IsTaken())
        {
            return null;
        }
    }
}
