using ChatLoop.Model.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ChatLoop.Model.Transformers;

/// <summary>
/// The weights of one transformer under their Hugging Face names; the sole owner of their memory. Shapes: D hidden, F
/// intermediate, H heads, G key/value heads, E head size, V vocabulary.
/// </summary>
public sealed class TransformerWeights : IDisposable
{
    private readonly SortedDictionary<string, Parameter> _byName = new(StringComparer.Ordinal);

    private TransformerWeights(TransformerConfig config, IReadOnlyDictionary<string, Tensor> tensors)
    {
        Config = config;
        Layers = [.. Enumerable.Range(0, config.Layers).Select(i => new LayerWeights(_byName, tensors, i))];
        foreach (var name in tensors.Keys.Where(n => !_byName.ContainsKey(n))) _byName[name] = StackedWeights.Own(tensors[name]);
        Embedding = _byName[EmbeddingName];
        FinalNorm = _byName[FinalNormName];
        Output = config.TieEmbeddings ? Embedding : _byName[OutputName];
    }

    public const string EmbeddingName = "model.embed_tokens.weight";
    public const string FinalNormName = "model.norm.weight";
    public const string OutputName = "lm_head.weight";

    public TransformerConfig Config { get; }
    /// <summary>[V, D].</summary>
    public Parameter Embedding { get; }
    /// <summary>[D].</summary>
    public Parameter FinalNorm { get; }
    /// <summary>[V, D]; the embedding itself when tied.</summary>
    public Parameter Output { get; }
    internal IReadOnlyList<LayerWeights> Layers { get; }

    /// <summary>Every weight once, by name.</summary>
    public IReadOnlyDictionary<string, Parameter> ByName => _byName;

    public IEnumerable<Parameter> Parameters => _byName.Values;

    public long Count => _byName.Values.Sum(p => p.numel());

    /// <summary>The tensors that a config asks for.</summary>
    public static IReadOnlyDictionary<string, long[]> Shapes(TransformerConfig config)
    {
        long d = config.HiddenSize, f = config.IntermediateSize, q = config.Heads * config.HeadSize, kv = config.KeyValueHeads * config.HeadSize;
        var shapes = new SortedDictionary<string, long[]>(StringComparer.Ordinal)
        {
            [EmbeddingName] = [config.VocabularySize, d],
            [FinalNormName] = [d],
        };
        if (!config.TieEmbeddings) shapes[OutputName] = [config.VocabularySize, d];
        for (var i = 0; i < config.Layers; i++)
        {
            var layer = $"model.layers.{i}.";
            shapes[layer + "input_layernorm.weight"] = [d];
            shapes[layer + "self_attn.q_proj.weight"] = [q, d];
            shapes[layer + "self_attn.k_proj.weight"] = [kv, d];
            shapes[layer + "self_attn.v_proj.weight"] = [kv, d];
            shapes[layer + "self_attn.o_proj.weight"] = [d, q];
            shapes[layer + "post_attention_layernorm.weight"] = [d];
            shapes[layer + "mlp.gate_proj.weight"] = [f, d];
            shapes[layer + "mlp.up_proj.weight"] = [f, d];
            shapes[layer + "mlp.down_proj.weight"] = [d, f];
        }
        return shapes;
    }

    /// <summary>
    /// Takes ownership of the tensors. Every name and shape of <see cref="Shapes"/> must be there and nothing else.
    /// </summary>
    /// <exception cref="InvalidDataException">Names the first tensor that is missing, unknown or misshaped.</exception>
    public static TransformerWeights FromTensors(TransformerConfig config, IReadOnlyDictionary<string, Tensor> tensors)
    {
        config.Validate();
        var shapes = Shapes(config);
        foreach (var (name, shape) in shapes)
        {
            if (!tensors.TryGetValue(name, out var tensor)) throw new InvalidDataException($"Tensor '{name}' is missing.");
            if (!tensor.shape.SequenceEqual(shape))
                throw new InvalidDataException($"Tensor '{name}' has shape [{string.Join(", ", tensor.shape)}]; expected [{string.Join(", ", shape)}].");
        }
        if (tensors.Keys.FirstOrDefault(n => !shapes.ContainsKey(n)) is { } unknown)
            throw new InvalidDataException($"Tensor '{unknown}' is not part of a {config.ModelType} model of this config.");
        using var noGrad = no_grad();
        return new(config, tensors);
    }

    /// <summary>
    /// Random weights: normal with deviation 0.02, residual projections scaled by 1/sqrt(2 layers) (Radford et al. 2019), norms 1.
    /// </summary>
    public static TransformerWeights Initialise(TransformerConfig config, long seed)
    {
        config.Validate();
        using var generator = new Generator((ulong)seed, CPU);
        var residual = 0.02 / Math.Sqrt(2.0 * config.Layers);
        var tensors = new Dictionary<string, Tensor>();
        foreach (var (name, shape) in Shapes(config))
        {
            tensors[name] = name.EndsWith("norm.weight", StringComparison.Ordinal)
                ? ones(shape)
                : ScalarArithmetic.Normal(IsResidual(name) ? residual : 0.02, shape, generator);
        }
        return FromTensors(config, tensors);
    }

    /// <summary>A copy that shares nothing.</summary>
    public TransformerWeights Clone()
    {
        using var noGrad = no_grad();
        return FromTensors(Config, _byName.ToDictionary(p => p.Key, p => p.Value.detach().clone()));
    }

    /// <summary>Whether a training step may change the weights.</summary>
    public void RequireGradients(bool required)
    {
        foreach (var parameter in Parameters) parameter.requires_grad = required;
    }

    public void Dispose()
    {
        foreach (var parameter in Parameters) parameter.Dispose();
        foreach (var layer in Layers) layer.Dispose();
    }

    private static bool IsResidual(string name) =>
        name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
}
