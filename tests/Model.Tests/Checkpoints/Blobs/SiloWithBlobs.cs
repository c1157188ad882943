using Azure.Storage.Blobs;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Checkpoints.Blobs;

namespace ChatLoop.Model.Tests.Checkpoints.Blobs;

/// <summary>A silo's own store, and a container that it shares with others over a network of its own.</summary>
internal sealed class SiloWithBlobs : IDisposable
{
    public const int Block = 1024;
    private readonly TemporaryFolder _folder = new();
    private readonly BlobTransferOptions _options;

    public SiloWithBlobs(Azurite server, string container, BlobTransferOptions? options = null, TimeProvider? clock = null)
    {
        // One block after the other, so that it can be told after which one the network was cut.
        _options = options ?? new() { BlockBytes = Block, Parallel = 1, Lease = TimeSpan.FromSeconds(15), Poll = TimeSpan.FromMilliseconds(100) };
        Clock = clock ?? TimeProvider.System;
        Container = server.Container(container, Network);
        Store = new CheckpointStore(_folder.Path);
        Blobs = New();
    }

    public UnreliableTransport Network { get; } = new();
    public BlobContainerClient Container { get; }
    public CheckpointStore Store { get; }
    public TimeProvider Clock { get; }
    public BlobCheckpoints Blobs { get; private set; }

    /// <summary>The process ends and another one starts on its files.</summary>
    public void Restart() => Blobs = New();

    /// <summary>Files as a checkpoint has them, of bytes that mean nothing.</summary>
    public CheckpointManifest Save(string folder, long seed, int weightBytes = 4 * Block)
    {
        var random = new Random((int)seed);
        var path = Directory.CreateDirectory(Path.Combine(Store.Root, folder)).FullName;
        var files = new SortedDictionary<string, CheckpointFile>(StringComparer.Ordinal);
        foreach (var (name, length) in ((string, int)[])[("config.json", 100), ("model.safetensors", weightBytes), ("tokenizer.json", 3 * Block / 2)])
        {
            var content = new byte[length];
            random.NextBytes(content);
            File.WriteAllBytes(Path.Combine(path, name), content);
            files[name] = new(length, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content)));
        }
        var manifest = new CheckpointManifest { Files = files };
        using var stream = File.Create(Path.Combine(path, CheckpointManifest.FileName));
        manifest.Write(stream);
        return manifest;
    }

    public string PathOf(string folder, string file) => Path.Combine(Store.Root, folder, file);

    /// <summary>Whether the checkpoint is here, byte for byte.</summary>
    public void AssertHas(string folder, CheckpointManifest manifest)
    {
        Assert.True(Store.Exists(folder));
        Assert.True(manifest.SameFiles(Store.ReadManifest(folder)));
        foreach (var (name, file) in manifest.Files)
            Assert.Equal(file.Sha256, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(PathOf(folder, name)))));
    }

    /// <summary>Names and versions of all blobs but locks.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Listed()
    {
        var blobs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (var blob in Container.GetBlobsAsync(Azure.Storage.Blobs.Models.BlobTraits.None, Azure.Storage.Blobs.Models.BlobStates.Uncommitted, prefix: null, CancellationToken.None))
            if (!blob.Name.StartsWith("locks/", StringComparison.Ordinal)) blobs[blob.Name] = $"{blob.Properties.ETag}";
        return blobs;
    }

    public void Dispose()
    {
        Network.Dispose();
        _folder.Dispose();
    }

    private BlobCheckpoints New() => new(Container, Store, _options, Clock);
}
