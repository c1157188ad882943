using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatLoop.Model.Checkpoints;

/// <param name="Length">In bytes.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record CheckpointFile(long Length, string Sha256);

/// <summary>
/// manifest.json: every file of a checkpoint with its length and hash. It is written last, so a folder that has one is whole. It
/// holds no time stamps: the same training job writes the same bytes.
/// </summary>
public sealed record CheckpointManifest
{
    public const string FileName = "manifest.json";
    private const int CurrentFormat = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public int Format { get; init; } = CurrentFormat;

    /// <summary>By name; a checkpoint has no sub-folders.</summary>
    public required IReadOnlyDictionary<string, CheckpointFile> Files { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>SHA-256 of model.safetensors, lower-case hex.</summary>
    [JsonIgnore] public string WeightsHash => Files[CheckpointFiles.Weights].Sha256;

    /// <summary>Of model.safetensors.</summary>
    [JsonIgnore] public long WeightBytes => Files[CheckpointFiles.Weights].Length;

    public bool SameFiles(CheckpointManifest other) =>
        Files.Count == other.Files.Count && Files.All(f => other.Files.TryGetValue(f.Key, out var file) && file == f.Value);

    internal void Write(Stream stream) => JsonSerializer.Serialize(stream, this, Json);

    /// <exception cref="InvalidDataException">Says what is wrong.</exception>
    internal static CheckpointManifest Read(Stream stream)
    {
        CheckpointManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<CheckpointManifest>(stream, Json);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"it is not a manifest: {e.Message}", e);
        }
        if (manifest is not { Format: CurrentFormat })
            throw new InvalidDataException($"expected format {CurrentFormat}, found {manifest?.Format.ToString() ?? "nothing"}");
        foreach (var (name, file) in manifest.Files)
        {
            if (!CheckpointFiles.IsPlainName(name)) throw new InvalidDataException($"'{name}' is not a plain file name");
            if (file is not { Length: >= 0, Sha256.Length: 64 }) throw new InvalidDataException($"'{name}' has no length or hash");
        }
        if (CheckpointFiles.Required.FirstOrDefault(n => !manifest.Files.ContainsKey(n)) is { } missing)
            throw new InvalidDataException($"it does not list {missing}");
        if (CheckpointFiles.TokenizerOf(manifest.Files.ContainsKey) is null)
            throw new InvalidDataException($"it lists neither {CheckpointFiles.Tokenizer} nor {CheckpointFiles.TokenizerModel}");
        return manifest;
    }
}

/// <summary>The files of a checkpoint folder that ChatLoop itself reads; their names are Hugging Face's.</summary>
public static class CheckpointFiles
{
    public const string Config = "config.json";
    public const string Weights = "model.safetensors";
    public const string Tokenizer = "tokenizer.json";
    /// <summary>Named tokens and the chat template; only where there is one.</summary>
    public const string TokenizerConfig = "tokenizer_config.json";
    /// <summary>SentencePiece's form of a tokenizer; read where there is no <see cref="Tokenizer"/>.</summary>
    public const string TokenizerModel = "tokenizer.model";
    /// <summary>Value or reward heads; only where there are some.</summary>
    public const string Heads = "heads.safetensors";
    /// <summary>What the optimiser knew at the end of the training; only where it was kept. Read by nothing but a training that goes on.</summary>
    public const string Optimizer = "optimizer.safetensors";

    /// <summary>A tokenizer is required beside these.</summary>
    public static IReadOnlyList<string> Required { get; } = [Config, Weights];

    /// <summary>The file that the tokenizer is read from; null where there is none.</summary>
    /// <param name="has">Whether a file of this name is there.</param>
    public static string? TokenizerOf(Func<string, bool> has) => has(Tokenizer) ? Tokenizer : has(TokenizerModel) ? TokenizerModel : null;

    internal static bool IsPlainName(string name) =>
        name.Length > 0 && name[0] != '.' && name != CheckpointManifest.FileName && name.AsSpan().IndexOfAny('/', '\\', '\0') < 0;
}
