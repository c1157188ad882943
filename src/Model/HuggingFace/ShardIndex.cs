using System.Text.Json;
using System.Text.Json.Nodes;
using ChatLoop.Model.Checkpoints;

namespace ChatLoop.Model.HuggingFace;

/// <summary>model.safetensors.index.json: which shard holds each tensor.</summary>
/// <param name="Path">Of the index.</param>
/// <param name="FileOf">Name of the shard, a file beside the index, by tensor.</param>
internal sealed record ShardIndex(string Path, IReadOnlyDictionary<string, string> FileOf)
{
    public const string FileName = "model.safetensors.index.json";

    /// <summary>Paths of the shards.</summary>
    public IReadOnlyList<string> Shards { get; } =
        [.. FileOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(f => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, f))];

    /// <exception cref="InvalidDataException">Names the file, the tensor, what was expected and what was found.</exception>
    public static ShardIndex Read(string path)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: it is not JSON: {e.Message}", e);
        }
        if ((root as JsonObject)?["weight_map"] is not JsonObject { Count: > 0 } map)
            throw new InvalidDataException($"{path}: 'weight_map': expected the file of each tensor, found {(root as JsonObject)?["weight_map"]?.ToJsonString() ?? "nothing"}.");
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (tensor, file) in map)
        {
            files[tensor] = file is JsonValue value && value.TryGetValue<string>(out var name) && CheckpointFiles.IsPlainName(name)
                ? name
                : throw new InvalidDataException($"{path}: tensor '{tensor}': expected the name of a file beside the index, found {file?.ToJsonString() ?? "null"}.");
        }
        return new(path, files);
    }

    /// <summary>Each tensor must be in the shard that the index says and in no other.</summary>
    /// <exception cref="InvalidDataException">Names the shard, the tensor, what was expected and what was found.</exception>
    public void Check(IReadOnlyList<SafetensorsFile> shards)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var shard in shards)
        {
            var file = System.IO.Path.GetFileName(shard.Path);
            foreach (var entry in shard.Entries)
            {
                if (!FileOf.TryGetValue(entry.Name, out var expected))
                    throw new InvalidDataException($"{Path}: tensor '{entry.Name}': expected an entry, because {file} holds it; found none.");
                if (expected != file)
                    throw new InvalidDataException($"{shard.Path}: tensor '{entry.Name}': expected in {expected}, as {Path} says, found here.");
                found[entry.Name] = file;
            }
        }
        if (FileOf.FirstOrDefault(e => !found.ContainsKey(e.Key)) is { Key: { } missing, Value: { } where })
            throw new InvalidDataException($"{System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, where)}: tensor '{missing}': expected here, as {Path} says, found nothing.");
    }
}
