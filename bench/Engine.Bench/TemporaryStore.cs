using ChatLoop.Model.Checkpoints;

namespace ChatLoop.Engine.Bench;

/// <summary>A store with the same checkpoint twice, to swap between.</summary>
internal sealed class TemporaryStore : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("engine-bench-");

    /// <param name="source">A checkpoint or a Hugging Face folder; null for random weights of 56 million parameters.</param>
    public TemporaryStore(string? source)
    {
        Store = new CheckpointStore(_root.FullName);
        foreach (var folder in Folders)
        {
            if (source is null) BenchCheckpoint.Save(Store, folder, BenchCheckpoint.Wide);
            else Store.Import(source, folder);
        }
    }

    public static IReadOnlyList<string> Folders { get; } = ["even", "odd"];

    public CheckpointStore Store { get; }

    public void Dispose() => _root.Delete(recursive: true);
}
