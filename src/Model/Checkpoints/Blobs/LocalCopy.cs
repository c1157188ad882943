using System.Security.Cryptography;

namespace ChatLoop.Model.Checkpoints.Blobs;

/// <summary>
/// A checkpoint of the local store, as a copy of the container's. One that is known to be has a mark beside its manifest, so that a
/// silo which has it needs no container to serve it.
/// </summary>
/// <param name="container">Which container the mark speaks of.</param>
internal sealed class LocalCopy(CheckpointStore store, string folder, string container)
{
    private const string MarkFile = ".published";

    public string Path { get; } = store.PathOf(folder);

    /// <summary>The manifest's bytes; null where there is no checkpoint or a file is not what the manifest says.</summary>
    public async Task<byte[]?> ReadIntact(CancellationToken cancellationToken)
    {
        if (!store.Exists(folder)) return null;
        foreach (var (name, file) in store.ReadManifest(folder).Files)
            if (!await Has(name, file, cancellationToken)) return null;
        return await File.ReadAllBytesAsync(PathOf(CheckpointManifest.FileName), cancellationToken);
    }

    /// <summary>Whether this file is here, byte for byte.</summary>
    public async Task<bool> Has(string name, CheckpointFile file, CancellationToken cancellationToken) =>
        new FileInfo(PathOf(name)) is { Exists: true } found && found.Length == file.Length
        && await RangeDownload.HashOf(PathOf(name), cancellationToken) == file.Sha256;

    public bool IsMarked(byte[] manifest) => File.Exists(PathOf(MarkFile)) && File.ReadAllText(PathOf(MarkFile)) == MarkOf(manifest);

    /// <summary>Notes that this is what the container has.</summary>
    public void Mark(byte[] manifest) => Mark(Path, manifest);

    public void Mark(string path, byte[] manifest) => File.WriteAllText(System.IO.Path.Combine(path, MarkFile), MarkOf(manifest));

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>With the manifest's hash: a mark that was torn, or of what was here before, is none.</summary>
    private string MarkOf(byte[] manifest) => $"{container}\n{Convert.ToHexStringLower(SHA256.HashData(manifest))}\n";
}
