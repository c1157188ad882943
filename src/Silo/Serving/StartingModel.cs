using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;

namespace ChatLoop.Silo.Serving;

/// <summary>Version 1 of the data folder: the starter, or the Hugging Face folder that Model:Path names.</summary>
internal sealed class StartingModel(CheckpointStore store, ICheckpointExchange checkpoints, StarterOptions options)
{
    /// <summary>In the checkpoint store.</summary>
    public const string Folder = "starter";

    /// <summary>In the manifest of a model that came from Model:Path: its folder.</summary>
    private const string Origin = "imported-from";
    private const string PathSetting = $"--{StarterOptions.Section}:{nameof(StarterOptions.Path)}";
    private const string StarterSetting = $"--{StarterOptions.Section}:{nameof(StarterOptions.Starter)}";

    /// <summary>
    /// Imports the model on the first start of the first silo; others, and later starts, only check that Model:Path does not ask for another.
    /// </summary>
    /// <exception cref="ChatLoopException">NotFound: there is no such folder. Invalid: the folder cannot be used, or is not the stored model's.</exception>
    public async Task<CheckpointManifest> Ensure(CancellationToken cancellationToken)
    {
        var isThere = await checkpoints.TryEnsure(Folder, cancellationToken);
        var manifest = await Task.Run(Import, cancellationToken);
        if (!isThere) await checkpoints.Publish(Folder, cancellationToken);
        return manifest;
    }

    private CheckpointManifest Import()
    {
        var path = string.IsNullOrWhiteSpace(options.Path) ? null : Full(options.Path);
        if (store.Exists(Folder)) return Check(store.ReadManifest(Folder), path);
        if (path is not null)
        {
            if (!Directory.Exists(path)) throw ChatLoopException.NotFound($"There is no model folder '{path}'. Name a Hugging Face folder: {PathSetting}=PATH");
            return store.Import(path, Folder, new Dictionary<string, string> { [Origin] = path });
        }
        var starter = Full(options.Starter);
        if (!Directory.Exists(starter))
            throw ChatLoopException.NotFound($"There is no starter model at '{starter}'. Name its folder: {StarterSetting}=PATH");
        return store.Import(starter, Folder);
    }

    /// <summary>Conversations, feedback and checkpoints belong to the model that they began with.</summary>
    private static CheckpointManifest Check(CheckpointManifest stored, string? path)
    {
        var origin = stored.Metadata.GetValueOrDefault(Origin);
        if (path is null || path == origin) return stored;
        throw ChatLoopException.Invalid(
            $"The data folder began with {(origin is null ? "the starter" : $"the model of '{origin}'")}, but {PathSetting} names '{path}'. "
            + $"Leave {PathSetting} out to go on with the stored model, or choose another data folder for the new one: --Data:Folder=PATH");
    }

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
}
