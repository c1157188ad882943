using ChatLoop.Contracts.Errors;

namespace ChatLoop.Model.Checkpoints;

/// <summary>
/// Brings checkpoints from where one silo saves them to where another loads them. The <see cref="CheckpointStore"/> of each silo stays
/// the place to save to and load from: publish after saving and before anybody else hears of the folder, ensure before loading.
/// Folders are relative to the store's root. No call uses its caller's thread.
/// </summary>
public interface ICheckpointExchange
{
    /// <summary>Makes a checkpoint of the local store everybody's. Publishing the same again changes nothing.</summary>
    /// <exception cref="ChatLoopException">
    /// Conflict: another checkpoint was published under this name, or another writer is at it. DamagedCheckpoint: the local one is not
    /// intact. Busy: the shared store cannot be reached. Invalid: it refuses the credentials; names the setting.
    /// </exception>
    Task Publish(string folder, CancellationToken cancellationToken);

    /// <summary>Makes sure that the published checkpoint is in the local store.</summary>
    /// <exception cref="ChatLoopException">As <see cref="TryEnsure"/>, and DamagedCheckpoint when nobody has published it.</exception>
    Task Ensure(string folder, CancellationToken cancellationToken);

    /// <summary>As <see cref="Ensure"/>, but false where nobody has published it and the local store has nothing to publish.</summary>
    /// <exception cref="ChatLoopException">DamagedCheckpoint: the published one lacks a file or was changed. Busy, Invalid: as above.</exception>
    Task<bool> TryEnsure(string folder, CancellationToken cancellationToken);

    /// <summary>Marks these, where they are published, as ones that nobody needs any more, and deletes what was so marked long enough ago.</summary>
    /// <param name="folders">Copies in local stores are not touched.</param>
    /// <param name="keep">Folders that stay, marked or not.</param>
    /// <param name="olderThan">Since it was marked.</param>
    /// <exception cref="ChatLoopException">Busy, Invalid: as above.</exception>
    Task Discard(IReadOnlyCollection<string> folders, IReadOnlySet<string> keep, TimeSpan olderThan, CancellationToken cancellationToken);
}

/// <summary>Where the local store is the only one: all that is saved is there already.</summary>
public sealed class NoCheckpointExchange : ICheckpointExchange
{
    public Task Publish(string folder, CancellationToken cancellationToken) => Task.CompletedTask;
    public Task Ensure(string folder, CancellationToken cancellationToken) => Task.CompletedTask;
    public Task<bool> TryEnsure(string folder, CancellationToken cancellationToken) => Task.FromResult(false);
    public Task Discard(IReadOnlyCollection<string> folders, IReadOnlySet<string> keep, TimeSpan olderThan, CancellationToken cancellationToken) => Task.CompletedTask;
}
