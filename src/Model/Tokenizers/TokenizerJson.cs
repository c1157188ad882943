using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatLoop.Model.Tokenizers;

/// <summary>
/// A byte-level BPE tokenizer that ChatLoop trains itself, as a Hugging Face tokenizer.json.
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
    /// <summary>Llama 3's pattern, but every digit is a word of its own, so that numbers line up digit by digit.</summary>
    public const string SingleDigitPattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads a file that <see cref="Write"/> has written.</summary>
    /// <exception cref="InvalidDataException">Names the part that is missing or not supported.</exception>
    public static TokenizerJson Read(Stream stream)
    {
        var file = TokenizerFile.Read(stream);
        var pattern = file.PreTokenizer.Steps("pretokenizers").FirstOrDefault()?.OptionalObject("pattern")?.OptionalText("Regex");
        var specials = file.AddedTokens.ToDictionary(t => t.Content, t => t.Id, StringComparer.Ordinal);
        return new(file.Vocabulary, file.Merges, specials, pattern ?? throw TokenizerFile.Unsupported("it does not begin with a Split by a Regex"));
    }

    /// <summary>The tokenizer that this file describes.</summary>
    public Tokenizer ToTokenizer()
    {
        using var stream = new MemoryStream();
        Write(stream);
        stream.Position = 0;
        return TokenizerFolder.Read(stream);
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
}
