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

    public CheckpointStore ExistingStore()
    {
        if (!Directory.Exists(Full))
            throw new ChatLoopException(ErrorCode.NotFound, $"There is no checkpoint folder '{Path}'. Make one with 'chatloop pretrain'.");
        if (!Has(CheckpointManifest.FileName) && Has(CheckpointFiles.Config))
            throw ChatLoopException.Invalid($"'{Path}' is a Hugging Face folder. Make a checkpoint of it with 'chatloop import {Path} --output FOLDER' and name that.");
        return Store();
    }

    private bool Has(string file) => File.Exists(System.IO.Path.Combine(Full, file));

    public LoadedCheckpoint Load() => ExistingStore().Load(Name);
}
