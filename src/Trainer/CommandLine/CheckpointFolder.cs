using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Trainer.CommandLine;

/// <summary>A checkpoint folder as a user names it: a path, where the store wants a root and a name.</summary>
internal sealed record CheckpointFolder(string Path)
{
    private string Full { get; } = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path));

    public string Name => System.IO.Path.GetFileName(Full);

    public CheckpointStore Store() => new(System.IO.Path.GetDirectoryName(Full)
        ?? throw ChatLoopException.Invalid($"'{Path}' cannot be a checkpoint folder."));

    public CheckpointStore ExistingStore() => Directory.Exists(Full)
        ? Store()
        : throw new ChatLoopException(ErrorCode.NotFound, $"There is no checkpoint folder '{Path}'. Make one with 'chatloop pretrain'.");

    public LoadedCheckpoint Load() => ExistingStore().Load(Name);
}
