using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;

namespace ChatLoop.Trainer.CommandLine;

/// <summary>Refuses an --output before any work is done for it: nothing that people have is written over.</summary>
internal static class OutputPath
{
    /// <exception cref="ChatLoopException">Conflict: something is there.</exception>
    public static void RequireNewFile(string path)
    {
        if (Path.Exists(path)) throw ChatLoopException.Conflict($"'{path}' already exists. Choose another --output, or delete it first.");
        RequireFoldersAbove(path);
    }

    /// <exception cref="ChatLoopException">Conflict: it is a file, or holds something.</exception>
    public static void RequireNewFolder(string path)
    {
        if (File.Exists(path)) throw ChatLoopException.Conflict($"'{path}' is a file. Choose a folder that is missing or empty as --output.");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw ChatLoopException.Conflict(File.Exists(Path.Combine(path, CheckpointManifest.FileName))
                ? $"'{path}' already holds a checkpoint. Choose another --output, or delete it first."
                : $"'{path}' holds other files. Choose a folder that is missing or empty as --output.");
        }
        RequireFoldersAbove(path);
    }

    private static void RequireFoldersAbove(string path)
    {
        for (var above = Path.GetDirectoryName(Path.GetFullPath(path)); above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above)) throw ChatLoopException.Conflict($"'{above}' is a file, so '{path}' cannot be made in it. Choose another --output.");
        }
    }
}
