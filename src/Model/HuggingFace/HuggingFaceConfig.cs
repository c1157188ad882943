using System.Text.Json;
using System.Text.Json.Nodes;
using ChatLoop.Model.Json;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.HuggingFace;

/// <summary>
/// Reads and writes config.json as transformers does for LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config and GPT2Config; fields
/// that are absent have those classes' defaults (https://huggingface.co/docs/transformers/model_doc).
/// </summary>
public static class HuggingFaceConfig
{
    public const string FileName = "config.json";

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    private static readonly Dictionary<string, (ModelFamily Family, string Class)> Families = new(StringComparer.Ordinal)
    {
        ["llama"] = (ModelFamily.Llama, "Llama"),
        ["mistral"] = (ModelFamily.Mistral, "Mistral"),
        ["qwen2"] = (ModelFamily.Qwen2, "Qwen2"),
        ["qwen3"] = (ModelFamily.Qwen3, "Qwen3"),
        ["gpt2"] = (ModelFamily.Gpt2, "GPT2"),
    };

    /// <exception cref="InvalidDataException">Names the file, the field, what was expected and what was found.</exception>
    public static TransformerConfig Read(string path) => Read(path, File.ReadAllBytes(path));

    /// <param name="path">For messages.</param>
    /// <exception cref="InvalidDataException">As above.</exception>
    public static TransformerConfig Read(string path, ReadOnlySpan<byte> json)
    {
        var fields = JsonFields.Parse(path, json);
        var family = FamilyOf(fields);
        if (fields.Has("quantization_config")) throw fields.Wrong("quantization_config", "weights in float32, float16 or bfloat16");
        var config = family == ModelFamily.Gpt2 ? Gpt2Config.Read(fields) : LlamaConfig.Read(fields, family);
        config = config with
        {
            BosTokenId = fields.OptionalId("bos_token_id"),
            EosTokenIds = fields.Ids("eos_token_id"),
            PadTokenId = PadToken(fields),
            DataType = fields.OptionalText("dtype") ?? fields.OptionalText("torch_dtype") ?? "float32",
        };
        config.Validate();
        return config;
    }

    /// <summary>Writes what <see cref="Read(string)"/> reads; same config, same bytes.</summary>
    public static void Write(Stream stream, TransformerConfig config)
    {
        var (type, (_, name)) = Families.Single(f => f.Value.Family == config.Family);
        var root = new JsonObject
        {
            ["model_type"] = type,
            ["architectures"] = new JsonArray(name + HeadOf(config.Family)),
            ["vocab_size"] = config.VocabularySize,
        };
        if (config.Family == ModelFamily.Gpt2) Gpt2Config.Write(root, config);
        else LlamaConfig.Write(root, config);
        root["tie_word_embeddings"] = config.TieEmbeddings;
        root["bos_token_id"] = config.BosTokenId;
        root["eos_token_id"] = WriteIds(config.EosTokenIds);
        root["pad_token_id"] = config.PadTokenId;
        root["torch_dtype"] = config.DataType;
        using var writer = new Utf8JsonWriter(stream, new() { Indented = true });
        root.WriteTo(writer, Readable);
    }

    /// <summary>One id as a number, several as an array.</summary>
    internal static JsonNode? WriteIds(IReadOnlyList<int> ids) => ids switch
    {
        [] => null,
        [var id] => id,
        _ => new JsonArray([.. ids.Select(id => JsonValue.Create(id))]),
    };

    private static ModelFamily FamilyOf(JsonFields fields)
    {
        var type = fields.OptionalText("model_type");
        if (type is null || !Families.TryGetValue(type, out var known))
            throw fields.Wrong("model_type", $"one of {string.Join(", ", Families.Keys)}");
        if (fields.OptionalTexts("architectures") is { Count: > 0 } architectures
            && !architectures.Any(a => a == known.Class + HeadOf(known.Family) || a == known.Class + "Model"))
        {
            throw fields.Wrong("architectures", $"{known.Class}{HeadOf(known.Family)}, a language model");
        }
        return known.Family;
    }

    private static string HeadOf(ModelFamily family) => family == ModelFamily.Gpt2 ? "LMHeadModel" : "ForCausalLM";

    /// <summary>Some Llama configs say -1 for "none".</summary>
    private static int? PadToken(JsonFields fields) => fields.OptionalNumber("pad_token_id") is -1 ? null : fields.OptionalId("pad_token_id");
}
