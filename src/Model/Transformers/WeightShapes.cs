namespace ChatLoop.Model.Transformers;

/// <summary>
/// The tensors that a config asks for, by their Hugging Face names. D hidden, F intermediate, H heads, G key/value heads, E head size,
/// V vocabulary, P positions.
/// </summary>
internal static class WeightShapes
{
    public static SortedDictionary<string, long[]> Of(TransformerConfig config)
    {
        var shapes = new SortedDictionary<string, long[]>(StringComparer.Ordinal);
        if (config.Family == ModelFamily.Gpt2) AddGpt2(config, shapes);
        else AddLlama(config, shapes);
        if (!config.TieEmbeddings) shapes[TransformerWeights.OutputName] = [config.VocabularySize, config.HiddenSize];
        return shapes;
    }

    private static void AddLlama(TransformerConfig config, SortedDictionary<string, long[]> shapes)
    {
        long d = config.HiddenSize, f = config.IntermediateSize, e = config.HeadSize;
        long q = config.Heads * e, kv = config.KeyValueHeads * e;
        shapes["model.embed_tokens.weight"] = [config.VocabularySize, d];
        shapes["model.norm.weight"] = [d];
        for (var i = 0; i < config.Layers; i++)
        {
            var layer = $"model.layers.{i}.";
            shapes[layer + "input_layernorm.weight"] = [d];
            shapes[layer + "post_attention_layernorm.weight"] = [d];
            Add(layer + "self_attn.q_proj", [q, d], config.HasQueryKeyValueBias);
            Add(layer + "self_attn.k_proj", [kv, d], config.HasQueryKeyValueBias);
            Add(layer + "self_attn.v_proj", [kv, d], config.HasQueryKeyValueBias);
            Add(layer + "self_attn.o_proj", [d, q], config.AttentionBias);
            Add(layer + "mlp.gate_proj", [f, d], config.MlpBias);
            Add(layer + "mlp.up_proj", [f, d], config.MlpBias);
            Add(layer + "mlp.down_proj", [d, f], config.MlpBias);
            if (!config.HasQueryKeyNorm) continue;
            shapes[layer + "self_attn.q_norm.weight"] = [e];
            shapes[layer + "self_attn.k_norm.weight"] = [e];
        }

        void Add(string module, long[] shape, bool bias)
        {
            shapes[module + ".weight"] = shape;
            if (bias) shapes[module + ".bias"] = [shape[0]];
        }
    }

    private static void AddGpt2(TransformerConfig config, SortedDictionary<string, long[]> shapes)
    {
        long d = config.HiddenSize, f = config.IntermediateSize;
        shapes["transformer.wte.weight"] = [config.VocabularySize, d];
        shapes["transformer.wpe.weight"] = [config.MaxPositions, d];
        Add("transformer.ln_f", [d]);
        for (var i = 0; i < config.Layers; i++)
        {
            var layer = $"transformer.h.{i}.";
            Add(layer + "ln_1", [d]);
            Add(layer + "attn.c_attn", [d, 3 * d]);
            Add(layer + "attn.c_proj", [d, d]);
            Add(layer + "ln_2", [d]);
            Add(layer + "mlp.c_fc", [d, f]);
            Add(layer + "mlp.c_proj", [f, d]);
        }

        void Add(string module, long[] shape) => (shapes[module + ".weight"], shapes[module + ".bias"]) = (shape, [shape[^1]]);
    }
}
