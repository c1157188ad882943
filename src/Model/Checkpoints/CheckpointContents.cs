using ChatLoop.Contracts.Generation;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Constraints;
using ChatLoop.Model.HuggingFace;
using ChatLoop.Model.Tokenizers;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Model.Checkpoints;

/// <summary>What is saved as one checkpoint. Owns nothing.</summary>
public sealed record CheckpointContents
{
    public required TransformerWeights Weights { get; init; }
    /// <summary>Tensors outside the transformer, such as a value or reward head; always written as Float32.</summary>
    public IReadOnlyDictionary<string, Tensor>? Heads { get; init; }
    /// <summary>The optimiser's moments; always written as Float32.</summary>
    public IReadOnlyDictionary<string, Tensor>? Optimizer { get; init; }
    /// <summary>Other files by name, copied as they are; tokenizer.json or tokenizer.model must be one of them.</summary>
    public required IReadOnlyDictionary<string, byte[]> Files { get; init; }
    /// <summary>Goes into the manifest.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
    /// <summary>Float32, Float16 or BFloat16.</summary>
    public ScalarType WeightsType { get; init; } = ScalarType.Float32;
}

/// <summary>A checkpoint in memory, every byte of it verified. Owns its transformer and heads.</summary>
public sealed class LoadedCheckpoint(
    CheckpointManifest manifest, Transformer transformer, Tokenizer tokenizer, ChatTemplate template,
    IReadOnlyDictionary<string, Tensor> heads, IReadOnlyDictionary<string, byte[]> files) : IDisposable
{
    public CheckpointManifest Manifest { get; } = manifest;
    public Transformer Transformer { get; } = transformer;
    public Tokenizer Tokenizer { get; } = tokenizer;
    public ChatTemplate Template { get; } = template;
    /// <summary>Makes the constraints of answers that are to match an expression or a schema.</summary>
    public ConstraintCompiler Constraints { get; } = new(tokenizer, template.EndIds);
    /// <summary>Float32; empty where the checkpoint has none.</summary>
    public IReadOnlyDictionary<string, Tensor> Heads { get; } = heads;
    /// <summary>tokenizer.json and every other file that is not config, weights, heads, optimiser or manifest.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; } = files;
    /// <summary>How its makers advise to sample (generation_config.json).</summary>
    public SamplingParameters AdvisedSampling { get; } = files.TryGetValue(GenerationConfig.FileName, out var advice)
        ? GenerationConfig.Read(GenerationConfig.FileName, advice).Sampling
        : new();
    /// <summary>SHA-256 of model.safetensors, lower-case hex.</summary>
    public string WeightsHash => Manifest.WeightsHash;

    public void Dispose()
    {
        Transformer.Dispose();
        foreach (var head in Heads.Values) head.Dispose();
    }
}
