using System.Text.Json.Serialization;

namespace ChatLoop.Model.Transformers;

/// <summary>The shape of a decoder-only transformer, in the words of a Hugging Face config.json of the Llama family.</summary>
public sealed record TransformerConfig
{
    [JsonPropertyName("model_type")] public string ModelType { get; init; } = "llama";
    [JsonPropertyName("architectures")] public IReadOnlyList<string> Architectures { get; init; } = ["LlamaForCausalLM"];
    [JsonPropertyName("vocab_size")] public required int VocabularySize { get; init; }
    [JsonPropertyName("hidden_size")] public required int HiddenSize { get; init; }
    [JsonPropertyName("intermediate_size")] public required int IntermediateSize { get; init; }
    [JsonPropertyName("num_hidden_layers")] public required int Layers { get; init; }
    [JsonPropertyName("num_attention_heads")] public required int Heads { get; init; }
    [JsonPropertyName("num_key_value_heads")] public required int KeyValueHeads { get; init; }
    /// <summary>The context window in tokens.</summary>
    [JsonPropertyName("max_position_embeddings")] public required int MaxPositions { get; init; }
    [JsonPropertyName("rms_norm_eps")] public double RmsNormEpsilon { get; init; } = 1e-5;
    [JsonPropertyName("rope_theta")] public double RopeTheta { get; init; } = 10_000;
    /// <summary>The output projection is the embedding matrix.</summary>
    [JsonPropertyName("tie_word_embeddings")] public bool TieEmbeddings { get; init; } = true;
    [JsonPropertyName("hidden_act")] public string Activation { get; init; } = "silu";
    [JsonPropertyName("bos_token_id")] public int? BosTokenId { get; init; }
    [JsonPropertyName("eos_token_id")] public int? EosTokenId { get; init; }
    [JsonPropertyName("pad_token_id")] public int? PadTokenId { get; init; }
    [JsonPropertyName("torch_dtype")] public string DataType { get; init; } = "float32";

    [JsonIgnore] public int HeadSize => HiddenSize / Heads;

    /// <summary>Throws with the field to change when the numbers cannot make a model.</summary>
    public void Validate()
    {
        Require(VocabularySize > 0 && HiddenSize > 0 && IntermediateSize > 0 && Layers > 0 && MaxPositions > 0, "all sizes must be positive");
        Require(ModelType == "llama", $"model_type '{ModelType}' is not supported; supported: llama");
        Require(Activation == "silu", $"hidden_act '{Activation}' is not supported; supported: silu");
        Require(Heads > 0 && HiddenSize % Heads == 0, $"hidden_size {HiddenSize} must be a multiple of num_attention_heads {Heads}");
        Require(HeadSize % 2 == 0, $"head size {HeadSize} must be even for rotary embeddings");
        Require(KeyValueHeads > 0 && Heads % KeyValueHeads == 0,
            $"num_attention_heads {Heads} must be a multiple of num_key_value_heads {KeyValueHeads}");
    }

    /// <summary>
    /// What keeps weights of the other config from taking this one's place while sequences are under way; null when nothing does.
    /// </summary>
    public string? DifferenceFrom(TransformerConfig other)
    {
        (string Field, object Here, object There)[] fields =
        [
            ("vocab_size", VocabularySize, other.VocabularySize),
            ("hidden_size", HiddenSize, other.HiddenSize),
            ("intermediate_size", IntermediateSize, other.IntermediateSize),
            ("num_hidden_layers", Layers, other.Layers),
            ("num_attention_heads", Heads, other.Heads),
            ("num_key_value_heads", KeyValueHeads, other.KeyValueHeads),
            ("max_position_embeddings", MaxPositions, other.MaxPositions),
            ("rope_theta", RopeTheta, other.RopeTheta),
        ];
        var difference = fields.FirstOrDefault(f => !f.Here.Equals(f.There));
        return difference.Field is null ? null : $"{difference.Field} is {difference.There}; expected {difference.Here}";
    }

    private static void Require(bool condition, string message)
    {
        if (!condition) throw new InvalidDataException($"config.json: {message}.");
    }
}
