namespace ChatLoop.Grains.Storage;

/// <summary>
/// Small files that are written once and are there whole or not at all; afterwards only what they say can be erased. In a cluster all
/// silos see the same ones. Names are relative paths with '/'.
/// </summary>
public interface IDurableFiles
{
    /// <summary>Null where there is no such file.</summary>
    Task<byte[]?> Read(string name, CancellationToken cancellationToken);

    /// <summary>Writes the file, unless another silo was faster. Returns what is there afterwards.</summary>
    Task<byte[]> WriteOnce(string name, byte[] content, CancellationToken cancellationToken);

    /// <summary>Puts what is left after an erasure in the file's place.</summary>
    Task Replace(string name, byte[] content, CancellationToken cancellationToken);

    /// <summary>Nothing happens where there is no such file.</summary>
    Task Delete(string name, CancellationToken cancellationToken);
}

/// <summary>In a folder that belongs to this process alone.</summary>
public sealed class LocalFiles(string root) : IDurableFiles
{
    public Task<byte[]?> Read(string name, CancellationToken cancellationToken) => Task.Run(
        () => File.Exists(PathOf(name)) ? File.ReadAllBytes(PathOf(name)) : null, cancellationToken);

    public async Task<byte[]> WriteOnce(string name, byte[] content, CancellationToken cancellationToken)
    {
        await Task.Run(() => DurableFile.Write(PathOf(name), file => file.Write(content)), cancellationToken);
        return content;
    }

    public Task Replace(string name, byte[] content, CancellationToken cancellationToken) => WriteOnce(name, content, cancellationToken);

    public Task Delete(string name, CancellationToken cancellationToken) => Task.Run(() =>
    {
        if (File.Exists(PathOf(name))) File.Delete(PathOf(name));
    }, cancellationToken);

    private string PathOf(string name) => Path.Combine(root, name);
}
