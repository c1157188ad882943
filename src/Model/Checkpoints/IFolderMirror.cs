using ChatLoop.Contracts.Errors;

namespace ChatLoop.Model.Checkpoints;

/// <summary>
/// Keeps copies of a folder's files where another silo finds them, should this one die. Files that end in ".json" speak of the others,
/// which never change: they are sent last and brought last. A copy may be older than its file.
/// </summary>
public interface IFolderMirror
{
    /// <summary>Sends what is new, and deletes the copies of files that are gone. A folder that is not there is left as it was sent.</summary>
    /// <param name="name">What another silo asks by.</param>
    Task Send(string folder, string name, CancellationToken cancellationToken);

    /// <summary>Brings the copies into the folder, unless it has files of its own that speak of others.</summary>
    /// <exception cref="ChatLoopException">DamagedCheckpoint: a copy is missing or was changed.</exception>
    Task Bring(string folder, string name, CancellationToken cancellationToken);

    /// <summary>Deletes the copies.</summary>
    Task Delete(string name, CancellationToken cancellationToken);
}

/// <summary>Where there is no other silo.</summary>
public sealed class NoFolderMirror : IFolderMirror
{
    public Task Send(string folder, string name, CancellationToken cancellationToken) => Task.CompletedTask;
    public Task Bring(string folder, string name, CancellationToken cancellationToken) => Task.CompletedTask;
    public Task Delete(string name, CancellationToken cancellationToken) => Task.CompletedTask;
}
