using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Model.HuggingFace;

/// <summary>Gathers a model's tensors from safetensors files, each checked against the config before it is read.</summary>
/// <param name="type">Null keeps each tensor's own.</param>
internal sealed class WeightReading(TransformerConfig config, ScalarType? type)
{
    private readonly SortedDictionary<string, long[]> _shapes = WeightShapes.Of(config);
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string File, string Tensor)> _origins = new(StringComparer.Ordinal);

    /// <summary>Reads all weights; the caller owns them.</summary>
    /// <exception cref="InvalidDataException">
    /// A tensor is missing, unknown, misshaped or there twice: names the file, the tensor, what was expected and what was found.
    /// </exception>
    public TransformerWeights Read(IReadOnlyList<SafetensorsFile> files)
    {
        using var scope = NewDisposeScope();
        foreach (var file in files)
        {
            foreach (var entry in file.Entries) Add(file, entry);
        }
        if (_shapes.FirstOrDefault(s => !_tensors.ContainsKey(s.Key)) is { Key: { } missing, Value: { } shape })
            throw new InvalidDataException($"{Where(files)}: tensor '{missing}' of shape {Text(shape)} is missing.");
        CheckTie();
        return TransformerWeights.FromTensors(config, _tensors);
    }

    private void Add(SafetensorsFile file, SafetensorsEntry entry)
    {
        if (TensorNames.Canonical(config.Family, entry.Name) is not { } name) return;
        var tiedOutput = config.TieEmbeddings && name == TransformerWeights.OutputName;
        if (!_shapes.TryGetValue(tiedOutput ? TransformerWeights.EmbeddingName(config.Family) : name, out var expected))
            throw new InvalidDataException($"{file.Path}: tensor '{entry.Name}' is not part of a {config.Family} model of this config.");
        if (_origins.TryGetValue(name, out var origin))
            throw new InvalidDataException($"{file.Path}: tensor '{entry.Name}': expected once, found also as '{origin.Tensor}' in {origin.File}.");
        if (!entry.Shape.SequenceEqual(expected))
            throw new InvalidDataException($"{file.Path}: tensor '{entry.Name}' has shape {Text(entry.Shape)}; expected {Text(expected)}.");
        _origins[name] = (file.Path, entry.Name);
        _tensors[name] = file.Read(entry, type);
    }

    /// <summary>Some files hold the tied output projection too; it must be the embedding then.</summary>
    private void CheckTie()
    {
        if (!config.TieEmbeddings || !_tensors.Remove(TransformerWeights.OutputName, out var output)) return;
        if (!output.equal(_tensors[TransformerWeights.EmbeddingName(config.Family)]).all().item<bool>())
        {
            throw new InvalidDataException(
                $"{_origins[TransformerWeights.OutputName].File}: tensor '{TransformerWeights.OutputName}': expected the numbers of "
                + $"'{TransformerWeights.EmbeddingName(config.Family)}', because config.json's 'tie_word_embeddings' is true; found others.");
        }
        output.Dispose();
    }

    private static string Where(IReadOnlyList<SafetensorsFile> files) => files is [var single] ? single.Path : Path.GetDirectoryName(files[0].Path)!;

    private static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
