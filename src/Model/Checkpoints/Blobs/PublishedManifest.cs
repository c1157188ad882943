using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using ChatLoop.Contracts.Errors;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Checkpoints.Blobs;

/// <summary>A manifest in the container: its checkpoint exists.</summary>
/// <param name="RetiredAt">When it was said that nobody needs it any more; null while it is needed.</param>
internal sealed record PublishedManifest(byte[] Bytes, CheckpointManifest Manifest, ETag Version, DateTimeOffset? RetiredAt)
{
    private const string RetiredKey = "retired";

    /// <summary>Null where there is none.</summary>
    /// <exception cref="ChatLoopException">DamagedCheckpoint: it cannot be read.</exception>
    public static async Task<PublishedManifest?> Read(BlobClient blob, string name, CancellationToken cancellationToken)
    {
        try
        {
            BlobDownloadResult found = await blob.DownloadContentAsync(cancellationToken);
            var bytes = found.Content.ToArray();
            using var stream = new MemoryStream(bytes, writable: false);
            return new(bytes, CheckpointManifest.Read(stream), found.Details.ETag, RetiredAtOf(found.Details.Metadata));
        }
        catch (RequestFailedException e) when (e.IsMissing())
        {
            return null;
        }
        catch (InvalidDataException e)
        {
            throw new ChatLoopException(ErrorCode.DamagedCheckpoint,
                $"The published checkpoint's blob '{name}' is damaged: {e.Message.TrimEnd('.')}. Delete it and publish the checkpoint again, or use another one.");
        }
    }

    public static DateTimeOffset? RetiredAtOf(IDictionary<string, string>? metadata) =>
        metadata?.TryGetValue(RetiredKey, out var at) == true && DateTimeOffset.TryParse(at, out var time) ? time : null;

    /// <param name="retiredAt">Null: it is needed.</param>
    public static IDictionary<string, string> MetadataOf(byte[] manifest, DateTimeOffset? retiredAt)
    {
        var metadata = new Dictionary<string, string> { [BlockUpload.HashKey] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(manifest)) };
        if (retiredAt is { } at) metadata[RetiredKey] = at.ToString("O");
        return metadata;
    }
}
