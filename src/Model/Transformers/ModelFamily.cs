namespace ChatLoop.Model.Transformers;

/// <summary>The model families that ChatLoop computes; each is one "model_type" of Hugging Face's config.json.</summary>
public enum ModelFamily
{
    /// <summary>RMSNorm, rotary embeddings, grouped-query attention, SwiGLU (Touvron et al. 2023): Llama 2 and 3, SmolLM2, the starter.</summary>
    Llama,
    /// <summary>Llama with sliding-window attention (Jiang et al. 2023).</summary>
    Mistral,
    /// <summary>Llama with biases on query, key and value (Yang et al. 2024): Qwen2 and Qwen2.5.</summary>
    Qwen2,
    /// <summary>Llama with RMSNorm on each query and key head (Yang et al. 2025).</summary>
    Qwen3,
    /// <summary>LayerNorm, learned positions, GELU, biases everywhere, matrices stored as [in, out] (Radford et al. 2019).</summary>
    Gpt2,
}
