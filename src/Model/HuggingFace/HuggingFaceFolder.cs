using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Model.HuggingFace;

/// <summary>A folder as transformers' save_pretrained writes it: config.json, safetensors, and files of tokenizer and generation.</summary>
public static class HuggingFaceFolder
{
    /// <summary>transformers refuses a file that does not say which framework its layout is of.</summary>
    internal static readonly Dictionary<string, string> Format = new() { ["format"] = "pt" };

    /// <summary>config.json, with the token ids of generation_config.json where there is one: generation obeys that.</summary>
    /// <exception cref="InvalidDataException">Names the file, the field, what was expected and what was found.</exception>
    public static TransformerConfig ReadConfig(string folder)
    {
        var path = Path.Combine(folder, HuggingFaceConfig.FileName);
        if (!File.Exists(path)) throw new InvalidDataException($"{path}: the file is missing; expected a Hugging Face folder.");
        var config = HuggingFaceConfig.Read(path);
        var generationPath = Path.Combine(folder, GenerationConfig.FileName);
        if (!File.Exists(generationPath)) return config;
        var generation = GenerationConfig.Read(generationPath, File.ReadAllBytes(generationPath));
        return config with
        {
            EosTokenIds = generation.EosTokenIds.Count > 0 ? generation.EosTokenIds : config.EosTokenIds,
            BosTokenId = generation.BosTokenId ?? config.BosTokenId,
            PadTokenId = generation.PadTokenId ?? config.PadTokenId,
        };
    }

    /// <summary>
    /// The weights of a folder, one file or sharded. Without a type, each matrix stays as it is stored, so that 16-bit models take as
    /// much memory as their files; training wants Float32.
    /// </summary>
    /// <exception cref="InvalidDataException">Names the file, the tensor, what was expected and what was found.</exception>
    public static TransformerWeights Load(string folder, ScalarType? type = null)
    {
        var config = ReadConfig(folder);
        using var files = WeightFiles.Open(folder);
        return new WeightReading(config, type).Read(files.Files);
    }

    /// <summary>
    /// Copies what a checkpoint keeps of a folder: descriptions, tokenizer, licence and the weights as model.safetensors, shards joined.
    /// Weights in other formats and files of other programs stay behind.
    /// </summary>
    /// <param name="add">Takes each file's name and what writes it.</param>
    /// <exception cref="InvalidDataException">A file is missing, or the weights' files are damaged.</exception>
    internal static void Copy(string folder, Action<string, Action<Stream>> add)
    {
        bool Has(string name) => File.Exists(Path.Combine(folder, name));
        foreach (var needed in new[] { CheckpointFiles.Config, CheckpointFiles.TokenizerOf(Has) ?? CheckpointFiles.Tokenizer })
        {
            if (!Has(needed))
                throw new InvalidDataException($"{Path.Combine(folder, needed)}: the file is missing; expected config.json, tokenizer.json or tokenizer.model, and safetensors");
        }
        using var weights = WeightFiles.Open(folder);
        foreach (var path in Directory.EnumerateFiles(folder).Where(IsKept).Order(StringComparer.Ordinal))
        {
            using var file = File.OpenRead(path);
            add(Path.GetFileName(path), file.CopyTo);
        }
        if (weights.Files is [var single])
        {
            using var file = File.OpenRead(single.Path);
            add(WeightFiles.Single, file.CopyTo);
            return;
        }
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var shard in weights.Files)
        {
            foreach (var entry in shard.Entries.Where(e => e.Type is not null)) tensors[entry.Name] = shard.Read(entry);
        }
        add(WeightFiles.Single, s => Safetensors.Write(s, tensors, Format));
    }

    private static bool IsKept(string path)
    {
        var name = Path.GetFileName(path);
        return CheckpointFiles.IsPlainName(name) && name != ShardIndex.FileName
            && (Path.GetExtension(name) is ".json" or ".jinja" or ".txt" or ".model" or ".md" || name.StartsWith("LICEN", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Writes config.json, model.safetensors and generation_config.json, and other files as they are.</summary>
    /// <param name="folder">Is made; it must be missing or empty, and appears whole or not at all.</param>
    /// <param name="type">Float32, Float16 or BFloat16.</param>
    /// <param name="files">By name; config.json and model.safetensors are never among them.</param>
    /// <exception cref="IOException">The folder is not empty, or cannot be written.</exception>
    public static void Save(string folder, TransformerWeights weights, ScalarType type, IReadOnlyDictionary<string, byte[]> files)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
            throw new IOException($"'{folder}': expected a folder that is missing or empty, found files. Choose another folder, or empty it.");
        var staging = $"{target}.writing-{Guid.NewGuid():N}";
        Directory.CreateDirectory(staging);
        try
        {
            var config = weights.Config with { DataType = type.ToString().ToLowerInvariant() };
            Write(HuggingFaceConfig.FileName, s => HuggingFaceConfig.Write(s, config));
            Write(WeightFiles.Single, s => Safetensors.Write(s, weights.ByName.ToDictionary(p => p.Key, p => (Tensor)p.Value), Format, type));
            foreach (var (name, bytes) in files) Write(name, s => s.Write(bytes));
            if (!files.ContainsKey(GenerationConfig.FileName)) Write(GenerationConfig.FileName, GenerationConfig.Of(config).Write);
            if (Directory.Exists(target)) Directory.Delete(target);
            Directory.Move(staging, target);
        }
        finally
        {
            if (Directory.Exists(staging)) Directory.Delete(staging, recursive: true);
        }

        void Write(string name, Action<Stream> write)
        {
            using var stream = new FileStream(Path.Combine(staging, name), FileMode.CreateNew, FileAccess.Write);
            write(stream);
        }
    }
}
