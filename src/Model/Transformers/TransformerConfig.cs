namespace ChatLoop.Model.Transformers;

/// <summary>
/// The shape of a decoder-only transformer. <see cref="HuggingFace.HuggingFaceConfig"/> reads and writes it as config.json; names in
/// messages are that file's.
/// </summary>
public sealed record TransformerConfig
{
    public ModelFamily Family { get; init; } = ModelFamily.Llama;
    public required int VocabularySize { get; init; }
    public required int HiddenSize { get; init; }
    public required int IntermediateSize { get; init; }
    public required int Layers { get; init; }
    public required int Heads { get; init; }
    public required int KeyValueHeads { get; init; }
    /// <summary>The hidden size shared out to the heads, unless set.</summary>
    public int HeadSize { get => field > 0 ? field : HiddenSize / Heads; init; }
    /// <summary>The context window in tokens.</summary>
    public required int MaxPositions { get; init; }
    /// <summary>Keeps RMSNorm or LayerNorm from dividing by zero.</summary>
    public double NormEpsilon { get; init; } = 1e-5;
    public double RopeTheta { get; init; } = 10_000;
    public RopeScaling? RopeScaling { get; init; }
    /// <summary>Biases on all four projections of attention; Qwen2 has the first three and GPT-2 all, whatever this says.</summary>
    public bool AttentionBias { get; init; }
    /// <summary>Biases in the Llama family's MLP; GPT-2 has them, whatever this says.</summary>
    public bool MlpBias { get; init; }
    /// <summary>A token sees itself and the tokens before it, this many together; null where it sees all.</summary>
    public int? SlidingWindow { get; init; }
    /// <summary>Layers that see all tokens though there is a window.</summary>
    public IReadOnlyList<int> FullAttentionLayers { get; init; } = [];
    /// <summary>The output projection is the embedding matrix.</summary>
    public bool TieEmbeddings { get; init; } = true;
    public int? BosTokenId { get; init; }
    /// <summary>Tokens that end an answer.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];
    public int? PadTokenId { get; init; }
    /// <summary>What the weights are stored as: float32, float16 or bfloat16.</summary>
    public string DataType { get; init; } = "float32";

    internal bool HasQueryKeyValueBias => AttentionBias || Family is ModelFamily.Qwen2;
    internal bool HasQueryKeyNorm => Family is ModelFamily.Qwen3;

    /// <summary>The window of a layer; null where it sees all.</summary>
    public int? WindowOf(int layer) => FullAttentionLayers.Contains(layer) ? null : SlidingWindow;

    /// <summary>Throws with the field to change when the numbers cannot make a model.</summary>
    /// <exception cref="InvalidDataException">Names the field of config.json.</exception>
    public void Validate()
    {
        Require(VocabularySize > 0 && HiddenSize > 0 && IntermediateSize > 0 && Layers > 0 && MaxPositions > 0, "all sizes must be positive");
        Require(Heads > 0 && KeyValueHeads > 0 && Heads % KeyValueHeads == 0,
            $"num_attention_heads {Heads} must be a multiple of num_key_value_heads {KeyValueHeads}");
        Require(NormEpsilon > 0, $"the norm's epsilon {NormEpsilon} must be positive");
        Require(SlidingWindow is null or > 0, $"sliding_window {SlidingWindow} must be positive");
        if (Family == ModelFamily.Gpt2) ValidateGpt2();
        else ValidateRotation();
    }

    private void ValidateGpt2()
    {
        Require(HeadSize * Heads == HiddenSize, $"n_embd {HiddenSize} must be a multiple of n_head {Heads}");
        Require(KeyValueHeads == Heads, $"n_head {Heads} has as many heads for keys and values, not {KeyValueHeads}");
        Require(SlidingWindow is null && RopeScaling is null, "GPT-2 has no sliding window and no rotary embeddings");
    }

    private void ValidateRotation()
    {
        Require(HiddenSize % Heads == 0 || HeadSize != HiddenSize / Heads,
            $"hidden_size {HiddenSize} must be a multiple of num_attention_heads {Heads}, or head_dim must be set");
        Require(HeadSize > 0 && HeadSize % 2 == 0, $"head size {HeadSize} must be even for rotary embeddings");
        Require(RopeTheta > 1, $"rope_theta {RopeTheta} must be more than 1");
        if (RopeScaling?.Flaw is { } flaw) throw new InvalidDataException($"config.json: rope_scaling: {flaw}.");
    }

    /// <summary>
    /// What keeps weights of the other config from taking this one's place while sequences are under way; null when nothing does.
    /// </summary>
    public string? DifferenceFrom(TransformerConfig other)
    {
        (string Field, object? Here, object? There)[] fields =
        [
            ("model_type", Family, other.Family),
            ("vocab_size", VocabularySize, other.VocabularySize),
            ("hidden_size", HiddenSize, other.HiddenSize),
            ("intermediate_size", IntermediateSize, other.IntermediateSize),
            ("num_hidden_layers", Layers, other.Layers),
            ("num_attention_heads", Heads, other.Heads),
            ("num_key_value_heads", KeyValueHeads, other.KeyValueHeads),
            ("head_dim", HeadSize, other.HeadSize),
            ("max_position_embeddings", MaxPositions, other.MaxPositions),
            ("rope_theta", RopeTheta, other.RopeTheta),
            ("rope_scaling", RopeScaling, other.RopeScaling),
            ("sliding_window", SlidingWindow, other.SlidingWindow),
            ("layer_types", string.Join(' ', FullAttentionLayers), string.Join(' ', other.FullAttentionLayers)),
        ];
        var difference = fields.FirstOrDefault(f => !Equals(f.Here, f.There));
        return difference.Field is null ? null : $"{difference.Field} is {difference.There ?? "none"}; expected {difference.Here ?? "none"}";
    }

    private static void Require(bool condition, string message)
    {
        if (!condition) throw new InvalidDataException($"config.json: {message}.");
    }
}
