using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.HuggingFace;

/// <summary>Names of tensors in files: with the prefix of the language model, or without it, as the bare model writes them.</summary>
internal static class TensorNames
{
    /// <summary>The full name; null for what a file may hold beside the weights.</summary>
    public static string? Canonical(ModelFamily family, string name)
    {
        if (IsBuffer(family, name)) return null;
        var prefix = family == ModelFamily.Gpt2 ? "transformer." : "model.";
        return name == TransformerWeights.OutputName || name.StartsWith(prefix, StringComparison.Ordinal) ? name : prefix + name;
    }

    /// <summary>Constants that older versions of transformers saved with the weights: frequencies and causal masks.</summary>
    private static bool IsBuffer(ModelFamily family, string name) => family == ModelFamily.Gpt2
        ? name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal)
        : name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal);
}
