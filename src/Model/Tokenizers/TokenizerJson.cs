using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatLoop.Model.Tokenizers;

/// <summary>
/// The parts of a Hugging Face tokenizer.json that a byte-level BPE tokenizer needs.
/// </summary>
/// <param name="Vocabulary">Token text (in the <see cref="ByteAlphabet"/>) to id, special tokens included.</param>
/// <param name="Merges">Pairs in the order in which they are applied.</param>
/// <param name="SpecialTokens">Texts of control tokens and their ids.</param>
/// <param name="SplitPattern">The regular expression that cuts text into words; merges never cross words.</param>
public sealed record TokenizerJson(
    IReadOnlyDictionary<string, int> Vocabulary,
    IReadOnlyList<(string Left, string Right)> Merges,
    IReadOnlyDictionary<string, int> SpecialTokens,
    string SplitPattern)
{
    /// <summary>GPT-2's pattern, which a ByteLevel pre-tokenizer with use_regex applies.</summary>
    public const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Llama 3's pattern, but every digit is a word of its own, so that numbers line up digit by digit.</summary>
    public const string SingleDigitPattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <exception cref="InvalidDataException">Names the part that is missing or not supported.</exception>
    public static TokenizerJson Read(Stream stream)
    {
        JsonNode root;
        try
        {
            root = JsonNode.Parse(stream) ?? throw new InvalidDataException("tokenizer.json is empty.");
            return Read(root);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"tokenizer.json is damaged: {e.Message}", e);
        }
    }

    private static TokenizerJson Read(JsonNode root)
    {
        var model = root["model"] ?? throw Unsupported("it has no 'model'");
        if (model["type"] is { } type && type.GetValue<string>() != "BPE") throw Unsupported($"model type '{type}' is not BPE");
        if (root["normalizer"] is JsonObject normalizer) throw Unsupported($"normalizer '{normalizer["type"]}' changes the text");
        var vocabulary = (model["vocab"] ?? throw Unsupported("it has no 'model.vocab'")).AsObject()
            .ToDictionary(p => p.Key, p => p.Value!.GetValue<int>(), StringComparer.Ordinal);
        var merges = (model["merges"] ?? throw Unsupported("it has no 'model.merges'")).AsArray().Select(ReadMerge).ToList();
        var specials = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var added in root["added_tokens"]?.AsArray() ?? [])
        {
            var (text, id) = (added!["content"]!.GetValue<string>(), added["id"]!.GetValue<int>());
            vocabulary[text] = id;
            specials[text] = id;
        }
        return new(vocabulary, merges, specials, ReadPattern(root["pre_tokenizer"]));
    }

    /// <summary>Older files write "left right", newer ones ["left", "right"].</summary>
    private static (string, string) ReadMerge(JsonNode? merge)
    {
        if (merge is JsonArray { Count: 2 } pair) return (pair[0]!.GetValue<string>(), pair[1]!.GetValue<string>());
        var parts = merge!.GetValue<string>().Split(' ');
        return parts.Length == 2 ? (parts[0], parts[1]) : throw Unsupported($"merge '{merge}' is not a pair");
    }

    private static string ReadPattern(JsonNode? preTokenizer)
    {
        var steps = preTokenizer?["type"]?.GetValue<string>() == "Sequence"
            ? preTokenizer["pretokenizers"]!.AsArray().ToList()
            : [preTokenizer];
        string? pattern = null;
        var byteLevel = false;
        foreach (var step in steps)
        {
            var regex = step?["pattern"]?["Regex"]?.GetValue<string>();
            switch (step?["type"]?.GetValue<string>())
            {
                case "Split" when pattern is null && regex is not null:
                    pattern = regex;
                    break;
                case "ByteLevel" when step["add_prefix_space"]?.GetValue<bool>() is not true:
                    byteLevel = true;
                    if (step["use_regex"]?.GetValue<bool>() is not false) pattern ??= Gpt2Pattern;
                    break;
                case var other: throw Unsupported($"pre-tokenizer '{other}' is not supported; supported: one Split by Regex, then ByteLevel");
            }
        }
        return byteLevel && pattern is not null ? pattern : throw Unsupported("it has no ByteLevel pre-tokenizer");
    }

    public void Write(Stream stream)
    {
        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. SpecialTokens.OrderBy(t => t.Value).Select(t => AddedToken(t.Key, t.Value))]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split",
                        ["pattern"] = new JsonObject { ["Regex"] = SplitPattern },
                        ["behavior"] = "Isolated",
                        ["invert"] = false,
                    },
                    ByteLevel()),
            },
            ["post_processor"] = ByteLevel(),
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = new JsonObject(Vocabulary.OrderBy(t => t.Value).Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value))),
                ["merges"] = new JsonArray([.. Merges.Select(m => (JsonNode)new JsonArray(m.Left, m.Right))]),
            },
        };
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = Readable.Encoder });
        root.WriteTo(writer, Readable);
    }

    private static JsonObject AddedToken(string text, int id) => new()
    {
        ["id"] = id,
        ["content"] = text,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = false,
    };

    private static InvalidDataException Unsupported(string reason) =>
        new($"tokenizer.json cannot be used: {reason}. ChatLoop reads byte-level BPE tokenizers (GPT-2, Llama 3, Qwen, SmolLM).");
}
