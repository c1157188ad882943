using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;

namespace ChatLoop.Trainer.CommandLine;

/// <summary>A checkpoint folder as a user names it: a path, where the store wants a root and a name.</summary>
internal sealed record CheckpointFolder(string Path)
{
    private string Full { get; } = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path));

    public string Name => System.IO.Path.GetFileName(Full);

    /// <summary>Where a new checkpoint may be written.</summary>
    /// <exception cref="ChatLoopException">Conflict: something is there, which must not be lost.</exception>
    public CheckpointStore NewStore()
    {
        OutputPath.RequireNewFolder(Path);
        return Store();
    }

    /// <exception cref="ChatLoopException">NotFound: there is no checkpoint; the message says what is there and how to come by one.</exception>
    public CheckpointStore ExistingStore()
    {
        if (File.Exists(Full)) throw ChatLoopException.NotFound($"'{Path}' is a file. Name a checkpoint folder, for example models/starter.");
        if (!Directory.Exists(Full)) throw ChatLoopException.NotFound($"There is no checkpoint folder '{Path}'. Make one with 'chatloop pretrain'.");
        if (Has(CheckpointManifest.FileName)) return Store();
        throw ChatLoopException.NotFound(Has(CheckpointFiles.Config)
            ? $"'{Path}' is no checkpoint, but may be a Hugging Face folder. Make a checkpoint of it with 'chatloop import {Path} --output FOLDER'."
            : $"'{Path}' is no checkpoint folder: it has no {CheckpointManifest.FileName}. Name one, for example models/starter, or make one with 'chatloop pretrain'.");
    }

    public LoadedCheckpoint Load() => ExistingStore().Load(Name);

    private bool Has(string file) => File.Exists(System.IO.Path.Combine(Full, file));

    private CheckpointStore Store() => new(System.IO.Path.GetDirectoryName(Full)
        ?? throw ChatLoopException.Invalid($"'{Path}' cannot be a checkpoint folder."));
}
