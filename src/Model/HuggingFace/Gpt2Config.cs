using System.Text.Json.Nodes;
using ChatLoop.Model.Json;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.HuggingFace;

/// <summary>The fields of GPT2Config.</summary>
internal static class Gpt2Config
{
    public static TransformerConfig Read(JsonFields fields)
    {
        if (fields.OptionalText("activation_function") is not (null or "gelu_new" or "gelu_pytorch_tanh"))
            throw fields.Wrong("activation_function", "gelu_new or gelu_pytorch_tanh");
        fields.Only("scale_attn_weights", true, "scores are divided by the root of the head size");
        fields.Only("scale_attn_by_inverse_layer_idx", false, "all layers scale alike");
        var (hidden, heads) = (fields.Count("n_embd"), fields.Count("n_head"));
        return new()
        {
            Family = ModelFamily.Gpt2,
            VocabularySize = fields.Count("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = fields.OptionalCount("n_inner") ?? 4 * hidden,
            Layers = fields.Count("n_layer"),
            Heads = heads,
            KeyValueHeads = heads,
            MaxPositions = fields.OptionalCount("n_positions") ?? 1024,
            NormEpsilon = fields.OptionalNumber("layer_norm_epsilon") ?? 1e-5,
            TieEmbeddings = fields.OptionalFlag("tie_word_embeddings") ?? true,
        };
    }

    public static void Write(JsonObject root, TransformerConfig config)
    {
        root["n_embd"] = config.HiddenSize;
        root["n_inner"] = config.IntermediateSize;
        root["n_layer"] = config.Layers;
        root["n_head"] = config.Heads;
        root["n_positions"] = config.MaxPositions;
        root["layer_norm_epsilon"] = config.NormEpsilon;
        root["activation_function"] = "gelu_new";
    }
}
