using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using ChatLoop.Contracts.Errors;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Checkpoints.Blobs;

/// <summary>One blob to one file. What an earlier try left of the file is gone on from; nothing is believed before its hash is right.</summary>
/// <param name="name">Of the blob, for people.</param>
internal sealed class RangeDownload(BlobClient blob, string name, string path, CheckpointFile file)
{
    /// <exception cref="ChatLoopException">DamagedCheckpoint: the blob is missing or was changed.</exception>
    public async Task Run(CancellationToken cancellationToken)
    {
        while (true)
        {
            var had = Kept();
            try
            {
                await Append(had, cancellationToken);
            }
            catch (RequestFailedException e) when (e.IsMissing() || e.IsTaken())
            {
                throw Damaged(e.IsMissing() ? "it is missing" : "it was replaced while it was read");
            }
            var found = await HashOf(path, cancellationToken);
            if (found == file.Sha256) return;
            File.Delete(path);
            // What was there before may have been torn by a power cut; a whole download cannot be.
            if (had == 0) throw Damaged($"expected SHA-256 {file.Sha256}, found {found}");
        }
    }

    /// <returns>Lower-case hex.</returns>
    public static async Task<string> HashOf(string path, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 18, FileOptions.Asynchronous | FileOptions.SequentialScan);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    private long Kept()
    {
        var kept = new FileInfo(path) is { Exists: true } part ? part.Length : 0;
        if (kept <= file.Length) return kept;
        File.Delete(path);
        return 0;
    }

    private async Task Append(long had, CancellationToken cancellationToken)
    {
        await using var part = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
        if (had < file.Length)
        {
            using BlobDownloadStreamingResult rest = await blob.DownloadStreamingAsync(new() { Range = new HttpRange(had) }, cancellationToken);
            if (rest.Details.ContentLength != file.Length - had)
                throw Damaged($"expected {file.Length} bytes, found {had + rest.Details.ContentLength}");
            await rest.Content.CopyToAsync(part, cancellationToken);
            if (part.Position < file.Length) throw new RequestFailedException($"'{name}' ended after {part.Position} of {file.Length} bytes");
        }
        part.Flush(flushToDisk: true);
    }

    private ChatLoopException Damaged(string reason) => new(ErrorCode.DamagedCheckpoint,
        $"The published checkpoint's blob '{name}' is damaged: {reason}. Publish the checkpoint again from a silo that has it, or use another one.");
}
