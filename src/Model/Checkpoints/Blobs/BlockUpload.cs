using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using ChatLoop.Contracts.Errors;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Checkpoints.Blobs;

/// <summary>
/// One file to one blob, in blocks that the service checks as they come. A block is named by its place and content, so an upload
/// that was cut goes on with the blocks that are missing, whoever began it.
/// </summary>
internal sealed class BlockUpload(BlockBlobClient blob, string path, CheckpointFile file, BlobTransferOptions options)
{
    public const string HashKey = "sha256";
    /// <summary>Azure's limit.</summary>
    private const int MostBlocks = 50_000;
    private const int MostTries = 5;
    private const string InvalidBlockList = "InvalidBlockList";

    private readonly Dictionary<string, string> _metadata = new() { [HashKey] = file.Sha256 };

    /// <summary>Afterwards the blob is there, whole and touched: a collection that had listed it before leaves it alone.</summary>
    /// <exception cref="ChatLoopException">DamagedCheckpoint: the file is not what its manifest says.</exception>
    public async Task Run(CancellationToken cancellationToken)
    {
        var blocks = await Split(cancellationToken);
        for (var left = MostTries; ; left--)
        {
            try
            {
                var (isThere, etag) = await Touch(cancellationToken);
                if (isThere) return;
                await Stage(blocks, cancellationToken);
                var conditions = etag is { } damaged ? new BlobRequestConditions { IfMatch = damaged } : new() { IfNoneMatch = ETag.All };
                await blob.CommitBlockListAsync(blocks.Select(b => b.Id), new() { Metadata = _metadata, Conditions = conditions }, cancellationToken);
                return;
            }
            catch (RequestFailedException e) when (left > 1 && (e.IsTaken() || e.ErrorCode == InvalidBlockList))
            {
                // Another writer of the same bytes was faster, or a collection took the blocks away: look again.
            }
        }
    }

    private async Task<List<Block>> Split(CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) throw Damaged("it is missing");
        var size = (int)Math.Max(options.BlockBytes, (file.Length + MostBlocks - 1) / MostBlocks);
        var blocks = new List<Block>();
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var buffer = MemoryPool<byte>.Shared.Rent(size);
        using var handle = File.OpenHandle(path, options: FileOptions.Asynchronous);
        for (long offset = 0; ;)
        {
            var read = await Read(handle, buffer.Memory[..size], offset, cancellationToken);
            if (read == 0) break;
            var content = buffer.Memory.Span[..read];
            whole.AppendData(content);
            blocks.Add(new(IdOf(blocks.Count, content), offset, read));
            offset += read;
        }
        var found = Convert.ToHexStringLower(whole.GetHashAndReset());
        return found == file.Sha256 ? blocks : throw Damaged($"expected SHA-256 {file.Sha256}, found {found}");
    }

    /// <summary>Whether the blob is there and whole; otherwise the version of what is there in its place, if anything is.</summary>
    private async Task<(bool IsThere, ETag? Damaged)> Touch(CancellationToken cancellationToken)
    {
        try
        {
            BlobProperties found = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
            if (found.ContentLength != file.Length || !found.Metadata.TryGetValue(HashKey, out var hash) || hash != file.Sha256) return (false, found.ETag);
            await blob.SetMetadataAsync(_metadata, new() { IfMatch = found.ETag }, cancellationToken);
            return (true, null);
        }
        catch (RequestFailedException e) when (e.IsMissing())
        {
            return (false, null);
        }
    }

    private async Task Stage(List<Block> blocks, CancellationToken cancellationToken)
    {
        var staged = await Staged(cancellationToken);
        using var handle = File.OpenHandle(path, options: FileOptions.Asynchronous);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(blocks.Where(b => !staged.Contains(b.Id)), parallel, async (block, token) =>
        {
            var buffer = ArrayPool<byte>.Shared.Rent(block.Length);
            try
            {
                await Read(handle, buffer.AsMemory(0, block.Length), block.Offset, token);
                using var content = new MemoryStream(buffer, 0, block.Length, writable: false);
                await blob.StageBlockAsync(block.Id, content, new() { TransferValidation = new() { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 } }, token);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        });
    }

    private async Task<HashSet<string>> Staged(CancellationToken cancellationToken)
    {
        try
        {
            BlockList list = await blob.GetBlockListAsync(BlockListTypes.Uncommitted, cancellationToken: cancellationToken);
            return [.. list.UncommittedBlocks.Select(b => b.Name)];
        }
        catch (RequestFailedException e) when (e.IsMissing())
        {
            return [];
        }
    }

    /// <summary>All ids of a blob must be of one length. The length is part of the name, as blocks of another size have other contents.</summary>
    private static string IdOf(int index, ReadOnlySpan<byte> content) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes($"{index:D5}-{Convert.ToHexStringLower(SHA256.HashData(content))[..40]}"));

    private static async ValueTask<int> Read(Microsoft.Win32.SafeHandles.SafeFileHandle handle, Memory<byte> into, long offset, CancellationToken cancellationToken)
    {
        var done = 0;
        while (done < into.Length && await RandomAccess.ReadAsync(handle, into[done..], offset + done, cancellationToken) is > 0 and var read) done += read;
        return done;
    }

    private ChatLoopException Damaged(string reason) => new(ErrorCode.DamagedCheckpoint,
        $"The checkpoint file '{path}' is damaged: {reason}. The checkpoint is not published.");

    private readonly record struct Block(string Id, long Offset, int Length);
}
