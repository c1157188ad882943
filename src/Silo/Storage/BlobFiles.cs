using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using ChatLoop.Grains.Storage;
using ChatLoop.Model.Checkpoints.Blobs;

namespace ChatLoop.Silo.Storage;

/// <summary>Files of all silos in a container: whoever writes one first has written it for all.</summary>
/// <param name="prefix">Put before every name; empty, or with '/' at its end.</param>
internal sealed class BlobFiles(BlobContainerClient container, string prefix) : IDurableFiles
{
    public Task<byte[]?> Read(string name, CancellationToken cancellationToken) =>
        BlobFailure.Translated(container.Name, () => TryRead(name, cancellationToken), cancellationToken);

    public Task<byte[]> WriteOnce(string name, byte[] content, CancellationToken cancellationToken) => BlobFailure.Translated(container.Name, async () =>
    {
        try
        {
            await container.GetBlobClient(prefix + name).UploadAsync(BinaryData.FromBytes(content), new BlobUploadOptions
            {
                Conditions = new() { IfNoneMatch = ETag.All },
                HttpHeaders = new() { ContentType = "application/json" },
            }, cancellationToken);
            return content;
        }
        catch (RequestFailedException e) when (e.Status is BlobFailure.Conflict or BlobFailure.PreconditionFailed)
        {
            // Another silo, or this one, whose answer was lost.
            return await TryRead(name, cancellationToken) ?? throw new FileNotFoundException($"The blob '{prefix}{name}' was deleted while it was read.", e);
        }
    }, cancellationToken);

    public Task Replace(string name, byte[] content, CancellationToken cancellationToken) => BlobFailure.Translated(container.Name,
        async () => (await container.GetBlobClient(prefix + name).UploadAsync(BinaryData.FromBytes(content), new BlobUploadOptions
        {
            HttpHeaders = new() { ContentType = "application/json" },
        }, cancellationToken)).Value, cancellationToken);

    public Task Delete(string name, CancellationToken cancellationToken) => BlobFailure.Translated(container.Name,
        async () => (await container.GetBlobClient(prefix + name).DeleteIfExistsAsync(cancellationToken: cancellationToken)).Value, cancellationToken);

    private async Task<byte[]?> TryRead(string name, CancellationToken cancellationToken)
    {
        try
        {
            BlobDownloadResult found = await container.GetBlobClient(prefix + name).DownloadContentAsync(cancellationToken);
            return found.Content.ToArray();
        }
        catch (RequestFailedException e) when (e.Status == BlobFailure.NotFound)
        {
            return null;
        }
    }
}
