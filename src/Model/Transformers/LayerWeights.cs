using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ChatLoop.Model.Transformers;

/// <summary>The weights of one layer, as the forward pass uses them.</summary>
internal sealed record LayerWeights : IDisposable
{
    public required Norm InputNorm { get; init; }
    /// <summary>[.., D] -> [.., (H + 2 G) E].</summary>
    public required ILinear QueryKeyValue { get; init; }
    /// <summary>Over E; null where heads are not normalised.</summary>
    public Norm? QueryNorm { get; init; }
    public Norm? KeyNorm { get; init; }
    /// <summary>[.., H E] -> [.., D].</summary>
    public required ILinear AttentionOutput { get; init; }
    public required Norm MlpNorm { get; init; }
    /// <summary>[.., D] -> [.., 2 F], gate then up; in GPT-2 [.., F].</summary>
    public required ILinear Up { get; init; }
    /// <summary>[.., F] -> [.., D].</summary>
    public required ILinear Down { get; init; }

    /// <summary>Those of attention, then those of the MLP.</summary>
    public IEnumerable<Projection> Projections => new[] { QueryKeyValue, AttentionOutput, Up, Down }.OfType<Projection>();

    public static LayerWeights Of(TransformerConfig config, NamedParameters parameters, int index) =>
        config.Family == ModelFamily.Gpt2 ? Gpt2(config, parameters, index) : Llama(config, parameters, index);

    private static LayerWeights Llama(TransformerConfig config, NamedParameters parameters, int index)
    {
        var layer = $"model.layers.{index}.";
        var (attention, mlp) = (layer + "self_attn.", layer + "mlp.");
        return new()
        {
            InputNorm = parameters.RmsNorm(layer + "input_layernorm", config.NormEpsilon),
            QueryKeyValue = parameters.Projection(
                [attention + "q_proj", attention + "k_proj", attention + "v_proj"], config.HasQueryKeyValueBias),
            QueryNorm = config.HasQueryKeyNorm ? parameters.RmsNorm(attention + "q_norm", config.NormEpsilon) : null,
            KeyNorm = config.HasQueryKeyNorm ? parameters.RmsNorm(attention + "k_norm", config.NormEpsilon) : null,
            AttentionOutput = parameters.Projection([attention + "o_proj"], config.AttentionBias),
            MlpNorm = parameters.RmsNorm(layer + "post_attention_layernorm", config.NormEpsilon),
            Up = parameters.Projection([mlp + "gate_proj", mlp + "up_proj"], config.MlpBias),
            Down = parameters.Projection([mlp + "down_proj"], config.MlpBias),
        };
    }

    private static LayerWeights Gpt2(TransformerConfig config, NamedParameters parameters, int index)
    {
        var layer = $"transformer.h.{index}.";
        return new()
        {
            InputNorm = parameters.LayerNorm(layer + "ln_1", config.NormEpsilon),
            QueryKeyValue = parameters.Projection([layer + "attn.c_attn"], bias: true, transposed: true),
            AttentionOutput = parameters.Projection([layer + "attn.c_proj"], bias: true, transposed: true),
            MlpNorm = parameters.LayerNorm(layer + "ln_2", config.NormEpsilon),
            Up = parameters.Projection([layer + "mlp.c_fc"], bias: true, transposed: true),
            Down = parameters.Projection([layer + "mlp.c_proj"], bias: true, transposed: true),
        };
    }

    public void Dispose()
    {
        foreach (var projection in Projections) projection.Dispose();
    }
}

/// <summary>Makes parameters of named tensors, which it takes over, and gathers them by name.</summary>
internal sealed class NamedParameters(IReadOnlyDictionary<string, Tensor> tensors)
{
    public SortedDictionary<string, Parameter> ByName { get; } = new(StringComparer.Ordinal);

    public Parameter Own(string name) => ByName[name] = StackedWeights.Own(tensors[name]);

    public Norm RmsNorm(string module, double epsilon) => new(Own(module + ".weight"), null, epsilon);

    public Norm LayerNorm(string module, double epsilon) => new(Own(module + ".weight"), Own(module + ".bias"), epsilon);

    /// <summary>Modules that multiply the same input, stacked.</summary>
    public Projection Projection(string[] modules, bool bias, bool transposed = false) =>
        new(Stack(modules, ".weight"), bias ? Stack(modules, ".bias") : null, transposed);

    private StackedWeights Stack(string[] modules, string suffix)
    {
        var stacked = new StackedWeights([.. modules.Select(m => tensors[m + suffix])]);
        foreach (var (module, part) in modules.Zip(stacked.Parts)) ByName[module + suffix] = part;
        return stacked;
    }
}
