using System.Text.Json.Nodes;
using ChatLoop.Model.Json;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.HuggingFace;

/// <summary>The fields of LlamaConfig and of its relatives MistralConfig, Qwen2Config and Qwen3Config.</summary>
internal static class LlamaConfig
{
    private const int DefaultWindow = 4096;
    private const string FullAttention = "full_attention";
    private const string SlidingAttention = "sliding_attention";

    public static TransformerConfig Read(JsonFields fields, ModelFamily family)
    {
        fields.Only("hidden_act", "silu", "the only activation of this family");
        fields.Only("partial_rotary_factor", 1.0, "whole heads are rotated");
        var (hidden, heads) = (fields.Count("hidden_size"), fields.Count("num_attention_heads"));
        var positions = fields.OptionalCount("max_position_embeddings") ?? (family switch
        {
            ModelFamily.Llama => 2048,
            ModelFamily.Mistral => 131_072,
            _ => 32_768,
        });
        var config = new TransformerConfig
        {
            Family = family,
            VocabularySize = fields.Count("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = fields.Count("intermediate_size"),
            Layers = fields.Count("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = fields.OptionalCount("num_key_value_heads") ?? (family == ModelFamily.Mistral ? 8 : heads),
            HeadSize = fields.OptionalCount("head_dim") ?? (family == ModelFamily.Qwen3 ? 128 : hidden / heads),
            MaxPositions = positions,
            NormEpsilon = fields.OptionalNumber("rms_norm_eps") ?? 1e-6,
            RopeTheta = RopeFields.ReadTheta(fields),
            RopeScaling = RopeFields.Read(fields, positions),
            TieEmbeddings = fields.OptionalFlag("tie_word_embeddings") ?? false,
        };
        return family switch
        {
            ModelFamily.Mistral => config with
            {
                SlidingWindow = fields.IsAbsent("sliding_window") ? DefaultWindow : fields.OptionalCount("sliding_window"),
            },
            ModelFamily.Qwen2 => ReadWindow(fields, config),
            ModelFamily.Qwen3 => ReadWindow(fields, config) with { AttentionBias = fields.OptionalFlag("attention_bias") ?? false },
            _ => config with
            {
                AttentionBias = fields.OptionalFlag("attention_bias") ?? false,
                MlpBias = fields.OptionalFlag("mlp_bias") ?? false,
            },
        };
    }

    /// <summary>Qwen's window is off unless use_sliding_window says so, and then begins at layer max_window_layers.</summary>
    private static TransformerConfig ReadWindow(JsonFields fields, TransformerConfig config)
    {
        if (fields.OptionalFlag("use_sliding_window") is not true) return config;
        var types = fields.OptionalTexts("layer_types");
        if (types is not null && (types.Count != config.Layers || types.Any(t => t is not (FullAttention or SlidingAttention))))
            throw fields.Wrong("layer_types", $"{config.Layers} times '{FullAttention}' or '{SlidingAttention}'");
        var first = (int)(fields.OptionalNumber("max_window_layers") ?? 28);
        var full = Enumerable.Range(0, config.Layers).Where(i => types is null ? i < first : types[i] == FullAttention).ToList();
        return full.Count == config.Layers
            ? config
            : config with { SlidingWindow = fields.OptionalCount("sliding_window") ?? DefaultWindow, FullAttentionLayers = full };
    }

    public static void Write(JsonObject root, TransformerConfig config)
    {
        root["hidden_size"] = config.HiddenSize;
        root["intermediate_size"] = config.IntermediateSize;
        root["num_hidden_layers"] = config.Layers;
        root["num_attention_heads"] = config.Heads;
        root["num_key_value_heads"] = config.KeyValueHeads;
        root["head_dim"] = config.HeadSize;
        root["max_position_embeddings"] = config.MaxPositions;
        root["rms_norm_eps"] = config.NormEpsilon;
        root["rope_theta"] = config.RopeTheta;
        root["rope_scaling"] = RopeFields.Write(config.RopeScaling);
        root["hidden_act"] = "silu";
        if (config.Family is ModelFamily.Llama or ModelFamily.Qwen3) root["attention_bias"] = config.AttentionBias;
        if (config.Family is ModelFamily.Llama) root["mlp_bias"] = config.MlpBias;
        if (config.Family is ModelFamily.Mistral) root["sliding_window"] = config.SlidingWindow;
        if (config.Family is ModelFamily.Qwen2 or ModelFamily.Qwen3) WriteWindow(root, config);
    }

    private static void WriteWindow(JsonObject root, TransformerConfig config)
    {
        root["use_sliding_window"] = config.SlidingWindow is not null;
        root["sliding_window"] = config.SlidingWindow;
        // Layers below this one see all tokens, for readers from before layer_types.
        root["max_window_layers"] = Enumerable.Range(0, config.Layers + 1).First(i => i == config.Layers || config.WindowOf(i) is not null);
        root["layer_types"] = new JsonArray(
            [.. Enumerable.Range(0, config.Layers).Select(i => JsonValue.Create(config.WindowOf(i) is null ? FullAttention : SlidingAttention))]);
    }
}
