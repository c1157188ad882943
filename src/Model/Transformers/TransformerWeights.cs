using ChatLoop.Model.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ChatLoop.Model.Transformers;

/// <summary>
/// The weights of one transformer under their Hugging Face names; the sole owner of their memory. Matrices are Float32, or stay in 16
/// bits (BFloat16, Float16) to halve the memory; then they serve but do not train. D hidden, V vocabulary, P positions.
/// </summary>
public sealed class TransformerWeights : IDisposable
{
    private readonly SortedDictionary<string, Parameter> _byName;

    private TransformerWeights(TransformerConfig config, IReadOnlyDictionary<string, Tensor> tensors)
    {
        Config = config;
        var parameters = new NamedParameters(tensors);
        _byName = parameters.ByName;
        Layers = [.. Enumerable.Range(0, config.Layers).Select(i => LayerWeights.Of(config, parameters, i))];
        var gpt2 = config.Family == ModelFamily.Gpt2;
        Embedding = parameters.Own(EmbeddingName(config.Family));
        PositionEmbedding = gpt2 ? parameters.Own("transformer.wpe.weight") : null;
        FinalNorm = gpt2
            ? parameters.LayerNorm("transformer.ln_f", config.NormEpsilon)
            : parameters.RmsNorm("model.norm", config.NormEpsilon);
        Output = config.TieEmbeddings ? Embedding : parameters.Own(OutputName);
    }

    public const string OutputName = "lm_head.weight";

    public TransformerConfig Config { get; }
    /// <summary>[V, D].</summary>
    public Parameter Embedding { get; }
    /// <summary>[P, D]; null where positions are rotations.</summary>
    public Parameter? PositionEmbedding { get; }
    internal Norm FinalNorm { get; }
    /// <summary>[V, D]; the embedding itself when tied.</summary>
    public Parameter Output { get; }
    internal IReadOnlyList<LayerWeights> Layers { get; }

    /// <summary>Every weight once, by name.</summary>
    public IReadOnlyDictionary<string, Parameter> ByName => _byName;

    public IEnumerable<Parameter> Parameters => _byName.Values;

    public long Count => _byName.Values.Sum(p => p.numel());

    public static string EmbeddingName(ModelFamily family) =>
        family == ModelFamily.Gpt2 ? "transformer.wte.weight" : "model.embed_tokens.weight";

    /// <summary>The tensors that a config asks for.</summary>
    public static IReadOnlyDictionary<string, long[]> Shapes(TransformerConfig config) => WeightShapes.Of(config);

    /// <summary>
    /// Takes ownership of the tensors. Every name and shape of <see cref="Shapes"/> must be there and nothing else. Vectors of 16 bits
    /// are widened to Float32.
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
            throw new InvalidDataException($"Tensor '{unknown}' is not part of a {config.Family} model of this config.");
        using var noGrad = no_grad();
        return new(config, tensors.ToDictionary(t => t.Key, t => WidenVector(t.Value)));
    }

    /// <summary>
    /// Random weights: normal with deviation 0.02, residual projections scaled by 1/sqrt(2 layers) (Radford et al. 2019), norms 1,
    /// biases 0.
    /// </summary>
    public static TransformerWeights Initialise(TransformerConfig config, long seed)
    {
        config.Validate();
        using var generator = new Generator((ulong)seed, CPU);
        var residual = 0.02 / Math.Sqrt(2.0 * config.Layers);
        var tensors = new Dictionary<string, Tensor>();
        foreach (var (name, shape) in Shapes(config))
        {
            tensors[name] = name.EndsWith(".bias", StringComparison.Ordinal) ? zeros(shape)
                : shape.Length == 1 ? ones(shape)
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
    /// <exception cref="InvalidOperationException">Weights of 16 bits would lose small steps: load them as Float32 to train.</exception>
    public void RequireGradients(bool required)
    {
        if (required && _byName.FirstOrDefault(p => p.Value.dtype != ScalarType.Float32) is { Key: { } narrow, Value: { } weight })
            throw new InvalidOperationException($"Training needs Float32 weights; '{narrow}' is {weight.dtype}. Load the model as Float32.");
        foreach (var parameter in Parameters) parameter.requires_grad = required;
    }

    public void Dispose()
    {
        foreach (var parameter in Parameters) parameter.Dispose();
        foreach (var layer in Layers) layer.Dispose();
    }

    private static Tensor WidenVector(Tensor tensor)
    {
        if (tensor.dim() > 1 || tensor.dtype == ScalarType.Float32) return tensor;
        var wide = tensor.to(ScalarType.Float32);
        tensor.Dispose();
        return wide;
    }

    private static bool IsResidual(string name) =>
        name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal)
        || name.EndsWith("c_proj.weight", StringComparison.Ordinal);
}
