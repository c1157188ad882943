using Azure.Storage.Blobs;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.Model.Checkpoints.Blobs;

/// <summary>
/// Brings a published checkpoint into the local store: to a folder beside its place, which a fetch that was cut goes on with, and to
/// its place once every hash is right.
/// </summary>
internal sealed class CheckpointFetch(BlobContainerClient container, BlobNames names, CheckpointStore store, TimeSpan poll, TimeProvider clock)
{
    private const string StagingPrefix = ".fetching-";

    /// <exception cref="ChatLoopException">DamagedCheckpoint, with the blob's name: it is missing or was changed.</exception>
    public async Task Run(string folder, PublishedManifest published, LocalCopy copy, CancellationToken cancellationToken)
    {
        // No folder separators, and one place for each checkpoint, so that abandoned fetches do not pile up.
        var staging = Path.Combine(store.Root, StagingPrefix + Uri.EscapeDataString(folder));
        await using var only = await Lock(staging, cancellationToken);
        await Prepare(staging, published.Bytes, cancellationToken);
        foreach (var (name, file) in published.Manifest.Files)
        {
            var path = Path.Combine(staging, name);
            if (!File.Exists(path) && await copy.Has(name, file, cancellationToken)) File.Copy(copy.PathOf(name), path);
            var blob = names.File(folder, name, file);
            await new RangeDownload(container.GetBlobClient(blob), BlobNames.Describe(container, blob), path, file).Run(cancellationToken);
        }
        copy.Mark(staging, published.Bytes);
        StagingFolder.Move(store.Root, staging, copy.Path);
    }

    /// <summary>What is there is gone on with if it belongs to this manifest.</summary>
    private static async Task Prepare(string staging, byte[] manifest, CancellationToken cancellationToken)
    {
        var path = Path.Combine(staging, CheckpointManifest.FileName);
        if (File.Exists(path) && (await File.ReadAllBytesAsync(path, cancellationToken)).AsSpan().SequenceEqual(manifest)) return;
        if (Directory.Exists(staging)) Directory.Delete(staging, recursive: true);
        Directory.CreateDirectory(staging);
        await using var file = File.Create(path);
        await file.WriteAsync(manifest, cancellationToken);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Other processes may use the same folder.</summary>
    private async Task<FileStream> Lock(string staging, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return StagingFolder.Lock(staging);
            }
            catch (IOException) when (File.Exists(staging + StagingFolder.LockSuffix))
            {
                await Task.Delay(poll, clock, cancellationToken);
            }
        }
    }
}
