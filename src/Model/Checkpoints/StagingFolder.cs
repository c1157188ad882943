using System.Security.Cryptography;

namespace ChatLoop.Model.Checkpoints;

/// <summary>
/// A temporary folder beside the checkpoints, where one is written until it is whole. While a process writes it holds a lock file,
/// so that another process's start-up does not take the folder for a leftover of a crash.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    private const string Prefix = ".saving-";
    public const string LockSuffix = ".lock";

    private readonly string _root;
    private readonly FileStream _lock;
    private readonly SortedDictionary<string, CheckpointFile> _files = new(StringComparer.Ordinal);

    public StagingFolder(string root)
    {
        _root = root;
        Path = System.IO.Path.Combine(root, Prefix + Guid.NewGuid().ToString("N"));
        _lock = Lock(Path);
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    /// <summary>The files written so far.</summary>
    public IReadOnlyDictionary<string, CheckpointFile> Files => _files;

    /// <summary>Writes a file, hashes what is written and flushes it to the disk.</summary>
    public void Add(string name, Action<Stream> write) => _files[name] = WriteFile(name, write);

    /// <summary>Writes the manifest, then moves the folder to its place, each step durable before the next one.</summary>
    public void Publish(CheckpointManifest manifest, string destination)
    {
        WriteFile(CheckpointManifest.FileName, manifest.Write);
        Move(_root, Path, destination);
    }

    /// <summary>Moves a whole folder, whose files are on the disk, to its place. What was there goes.</summary>
    public static void Move(string root, string folder, string destination)
    {
        DirectoryFlush.Flush(folder);
        CreateDurably(System.IO.Path.GetDirectoryName(destination)!);
        if (Directory.Exists(destination)) Delete(root, destination);
        Directory.Move(folder, destination);
        DirectoryFlush.Flush(System.IO.Path.GetDirectoryName(destination)!);
        DirectoryFlush.Flush(root);
    }

    /// <summary>Deletes what earlier processes left behind when they died.</summary>
    public static void DeleteLeftovers(string root)
    {
        foreach (var folder in Directory.EnumerateDirectories(root, Prefix + "*"))
        {
            try
            {
                using var taken = Lock(folder);
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                // Its writer is alive, or another process is cleaning up.
            }
        }
    }

    /// <summary>Moves a folder out of the way before deleting it, so that no half-deleted checkpoint is ever seen.</summary>
    public static void Delete(string root, string folder)
    {
        var doomed = System.IO.Path.Combine(root, Prefix + Guid.NewGuid().ToString("N"));
        using var held = Lock(doomed);
        Directory.Move(folder, doomed);
        DirectoryFlush.Flush(System.IO.Path.GetDirectoryName(folder)!);
        Directory.Delete(doomed, recursive: true);
    }

    /// <exception cref="IOException">Another process has it.</exception>
    public static FileStream Lock(string folder) =>
        new(folder + LockSuffix, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);

    private CheckpointFile WriteFile(string name, Action<Stream> write)
    {
        using var hash = SHA256.Create();
        using var file = new FileStream(System.IO.Path.Combine(Path, name), FileMode.CreateNew, FileAccess.Write);
        using (var hashing = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true)) write(hashing);
        file.Flush(flushToDisk: true);
        return new(file.Length, Convert.ToHexStringLower(hash.Hash!));
    }

    private static void CreateDurably(string directory)
    {
        if (Directory.Exists(directory)) return;
        var parent = System.IO.Path.GetDirectoryName(directory)!;
        CreateDurably(parent);
        Directory.CreateDirectory(directory);
        DirectoryFlush.Flush(parent);
    }

    public void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
        _lock.Dispose();
    }
}
