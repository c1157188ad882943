using Azure.Storage.Blobs;

namespace ChatLoop.Model.Checkpoints.Blobs;

/// <summary>
/// Where a checkpoint's blobs are. A file's blob is named by its content, too: two writers of one checkpoint never write to one blob,
/// and only the manifest decides between them.
/// </summary>
internal sealed class BlobNames
{
    public BlobNames(string prefix)
    {
        var root = prefix.Length == 0 ? "" : prefix.TrimEnd('/') + "/";
        (Checkpoints, Locks) = (root + "checkpoints/", root + "locks/");
    }

    public string Checkpoints { get; }
    public string Locks { get; }

    public string Folder(string folder) => $"{Checkpoints}{folder}/";
    public string Manifest(string folder) => Folder(folder) + CheckpointManifest.FileName;
    public string File(string folder, string name, CheckpointFile file) => $"{Folder(folder)}{name}.{file.Sha256}";
    public string Lock(string folder) => Locks + folder;

    /// <summary>The checkpoint that a blob belongs to.</summary>
    public string FolderOf(string blob) => blob.StartsWith(Locks, StringComparison.Ordinal)
        ? blob[Locks.Length..]
        : blob[Checkpoints.Length..blob.LastIndexOf('/')];

    /// <summary>The blob as people find it, without any secret of its address.</summary>
    public static string Describe(BlobContainerClient container, string blob) => $"{container.AccountName}/{container.Name}/{blob}";
}
