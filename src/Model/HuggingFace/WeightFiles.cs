using ChatLoop.Model.Checkpoints;

namespace ChatLoop.Model.HuggingFace;

/// <summary>The safetensors files of a folder: model.safetensors, or shards with their index. Owns the mapped files.</summary>
internal sealed class WeightFiles : IDisposable
{
    public const string Single = "model.safetensors";

    private WeightFiles(IReadOnlyList<SafetensorsFile> files) => Files = files;

    public IReadOnlyList<SafetensorsFile> Files { get; }

    /// <exception cref="InvalidDataException">Weights are missing, a header is damaged, or the index disagrees with the shards.</exception>
    public static WeightFiles Open(string folder)
    {
        var single = Path.Combine(folder, Single);
        if (File.Exists(single)) return new([SafetensorsFile.Open(single)]);
        var index = Path.Combine(folder, ShardIndex.FileName);
        if (File.Exists(index)) return OpenShards(ShardIndex.Read(index));
        string[] found = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)] : [];
        throw new InvalidDataException(
            $"{single}: expected this file or {ShardIndex.FileName} with its shards, found {string.Join(", ", found.DefaultIfEmpty("nothing"))}. "
            + "Weights in other formats must be converted to safetensors.");
    }

    private static WeightFiles OpenShards(ShardIndex index)
    {
        List<SafetensorsFile> shards = [];
        try
        {
            foreach (var path in index.Shards)
            {
                if (!File.Exists(path)) throw new InvalidDataException($"{path}: the file is missing; {index.Path} lists it.");
                shards.Add(SafetensorsFile.Open(path));
            }
            index.Check(shards);
            return new(shards);
        }
        catch
        {
            foreach (var shard in shards) shard.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var file in Files) file.Dispose();
    }
}
