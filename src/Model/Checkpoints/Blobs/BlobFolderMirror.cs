using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.Model.Checkpoints.Blobs;

/// <summary>Copies of folders in a container. Whoever reads them verifies what the ".json" files say: two silos may have sent copies.</summary>
/// <param name="prefix">Put before every name; empty, or with '/' at its end.</param>
public sealed class BlobFolderMirror(BlobContainerClient container, string prefix, BlobTransferOptions options) : IFolderMirror
{
    private const string HeadSuffix = ".json", TemporarySuffix = ".tmp";

    /// <inheritdoc/>
    public Task Send(string folder, string name, CancellationToken cancellationToken) => BlobFailure.Translated(container.Name, async () =>
    {
        if (!Directory.Exists(folder)) return;
        // Read before the others are listed: what they speak of is there.
        var heads = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*" + HeadSuffix)) heads[Path.GetFileName(path)] = await File.ReadAllBytesAsync(path, cancellationToken);
        if (heads.Count == 0) return;
        var sent = await List(name, cancellationToken);
        var others = Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f))
            .Where(f => !f.EndsWith(HeadSuffix, StringComparison.Ordinal) && !f.EndsWith(TemporarySuffix, StringComparison.Ordinal)).ToList();
        foreach (var file in others.Where(f => !sent.ContainsKey(f)))
            if (!await SendFile(Path.Combine(folder, file), NameOf(name, file), cancellationToken)) return;
        foreach (var (file, content) in heads)
            await container.GetBlobClient(NameOf(name, file)).UploadAsync(BinaryData.FromBytes(content), overwrite: true, cancellationToken);
        foreach (var gone in sent.Keys.Except(others).Except(heads.Keys))
            await container.GetBlobClient(NameOf(name, gone)).DeleteIfExistsAsync(cancellationToken: cancellationToken);
    }, cancellationToken);

    /// <inheritdoc/>
    public Task Bring(string folder, string name, CancellationToken cancellationToken) => BlobFailure.Translated(container.Name, async () =>
    {
        if (Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*" + HeadSuffix).Any()) return;
        var sent = await List(name, cancellationToken);
        if (sent.Count == 0) return;
        Directory.CreateDirectory(folder);
        // Read before the others and written after them, as they were sent.
        var heads = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var head in sent.Keys.Where(f => f.EndsWith(HeadSuffix, StringComparison.Ordinal)))
            heads[head] = (await container.GetBlobClient(NameOf(name, head)).DownloadContentAsync(cancellationToken)).Value.Content.ToArray();
        foreach (var (file, blob) in sent)
        {
            if (heads.ContainsKey(file) || !blob.Metadata.TryGetValue(BlockUpload.HashKey, out var hash)) continue;
            await new RangeDownload(container.GetBlobClient(blob.Name), BlobNames.Describe(container, blob.Name), Path.Combine(folder, file),
                new(blob.Properties.ContentLength ?? 0, hash)).Run(cancellationToken);
        }
        foreach (var (head, content) in heads)
        {
            var path = Path.Combine(folder, head);
            await File.WriteAllBytesAsync(path + TemporarySuffix, content, cancellationToken);
            File.Move(path + TemporarySuffix, path, overwrite: true);
        }
    }, cancellationToken);

    /// <inheritdoc/>
    public Task Delete(string name, CancellationToken cancellationToken) => BlobFailure.Translated(container.Name, async () =>
    {
        foreach (var blob in (await List(name, cancellationToken)).Values)
            await container.GetBlobClient(blob.Name).DeleteIfExistsAsync(cancellationToken: cancellationToken);
    }, cancellationToken);

    /// <summary>False when the file has gone meanwhile: something newer is there, for the next time.</summary>
    private async Task<bool> SendFile(string path, string blob, CancellationToken cancellationToken)
    {
        try
        {
            var file = new CheckpointFile(new FileInfo(path).Length, await RangeDownload.HashOf(path, cancellationToken));
            await new BlockUpload(container.GetBlockBlobClient(blob), path, file, options).Run(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is IOException or ChatLoopException && !File.Exists(path))
        {
            return false;
        }
    }

    /// <summary>The copies by the names of their files.</summary>
    private async Task<Dictionary<string, BlobItem>> List(string name, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, BlobItem>(StringComparer.Ordinal);
        try
        {
            await foreach (var blob in container.GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, NameOf(name, ""), cancellationToken))
                found[blob.Name[NameOf(name, "").Length..]] = blob;
        }
        catch (RequestFailedException e) when (e.IsMissing())
        {
            // There is no container yet.
        }
        return found;
    }

    private string NameOf(string name, string file) => $"{prefix}{name}/{file}";
}
