using System.Text.Json;
using ChatLoop.Model.Json;

namespace ChatLoop.Model.Tokenizers;

/// <summary>
/// What a Hugging Face tokenizer.json holds. The steps around the model stay JSON until they are built.
/// </summary>
/// <param name="Vocabulary">The model's own tokens, in its alphabet, and their ids.</param>
/// <param name="Merges">Pairs in the order in which they are applied.</param>
/// <param name="AddedTokens">Tokens that are found as a whole.</param>
/// <param name="IgnoresMerges">A word that is a token stays whole, also where its merges would give others.</param>
/// <param name="ByteFallback">A character without a token is written as its UTF-8 bytes, tokens &lt;0x00&gt; to &lt;0xFF&gt;.</param>
/// <param name="UnknownToken">Stands for characters that have neither token nor bytes; null drops them.</param>
/// <param name="FusesUnknown">One unknown token for a row of such characters.</param>
internal sealed record TokenizerFile(
    IReadOnlyDictionary<string, int> Vocabulary,
    IReadOnlyList<(string Left, string Right)> Merges,
    IReadOnlyList<AddedToken> AddedTokens,
    bool IgnoresMerges,
    bool ByteFallback,
    string? UnknownToken,
    bool FusesUnknown)
{
    public const string Name = "tokenizer.json";

    public JsonFields? Normalizer { get; init; }
    public JsonFields? PreTokenizer { get; init; }
    public JsonFields? PostProcessor { get; init; }
    public JsonFields? Decoder { get; init; }

    /// <exception cref="InvalidDataException">Names the part that is missing or not supported.</exception>
    public static TokenizerFile Read(Stream stream)
    {
        try
        {
            using var document = JsonDocument.Parse(stream);
            return Read(new JsonFields(Name, document.RootElement));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{Name} is damaged: {e.Message}", e);
        }
    }

    public static InvalidDataException Unsupported(string reason) => new(
        $"{Name} cannot be used: {reason}. ChatLoop reads byte-level BPE (GPT-2, Llama 3, Qwen, SmolLM2) and SentencePiece BPE (Llama 2, Mistral).");

    private static TokenizerFile Read(JsonFields root)
    {
        var model = root.OptionalObject("model") ?? throw Unsupported("it has no 'model'");
        // Files of before the field was written are recognised by their merges.
        var type = model.OptionalText("type") ?? (!model.Has("merges") ? "without merges" : "BPE");
        if (type != "BPE") throw Unsupported($"model type is {type}, supported is BPE");
        if (model.OptionalNumber("dropout") is > 0 and var dropout)
            throw Unsupported($"model.dropout is {dropout}, which makes tokens random; set it to null");
        foreach (var affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            if (model.OptionalText(affix) is { Length: > 0 } found) throw Unsupported($"model.{affix} is '{found}', supported is none");
        var vocabulary = (model.Get("vocab") ?? throw Unsupported("it has no 'model.vocab'")).EnumerateObject()
            .ToDictionary(p => p.Name, p => p.Value.GetInt32(), StringComparer.Ordinal);
        if (vocabulary.Count == 0) throw Unsupported("'model.vocab' is empty");
        var merges = (model.Get("merges") ?? throw Unsupported("it has no 'model.merges'")).EnumerateArray().Select(ReadMerge).ToList();
        return new(vocabulary, merges, [.. root.Objects("added_tokens").Select(token => ReadAddedToken(token))],
            model.OptionalFlag("ignore_merges") is true, model.OptionalFlag("byte_fallback") is true, model.OptionalText("unk_token"), model.OptionalFlag("fuse_unk") is true)
        {
            Normalizer = root.OptionalObject("normalizer")?.Kept(),
            PreTokenizer = root.OptionalObject("pre_tokenizer")?.Kept(),
            PostProcessor = root.OptionalObject("post_processor")?.Kept(),
            Decoder = root.OptionalObject("decoder")?.Kept(),
        };
    }

    private static AddedToken ReadAddedToken(JsonFields token) => ReadAddedToken(
        token, token.OptionalId("id") ?? throw Unsupported($"added token '{token.OptionalText("content")}' has no id"));

    /// <summary>An added token as tokenizer.json and the added_tokens_decoder of tokenizer_config.json write it.</summary>
    public static AddedToken ReadAddedToken(JsonFields token, int id)
    {
        var special = token.OptionalFlag("special") is true;
        return new(id,
            token.OptionalText("content") is { Length: > 0 } content ? content : throw Unsupported($"added token {id} has no content"), special,
            token.OptionalFlag("single_word") is true, token.OptionalFlag("lstrip") is true, token.OptionalFlag("rstrip") is true,
            token.OptionalFlag("normalized") ?? !special);
    }

    /// <summary>Older files write "left right", newer ones ["left", "right"].</summary>
    private static (string Left, string Right) ReadMerge(JsonElement merge)
    {
        var parts = merge.ValueKind == JsonValueKind.Array ? [.. merge.EnumerateArray().Select(p => p.GetString()!)] : merge.GetString()!.Split(' ');
        return parts is [{ Length: > 0 } left, { Length: > 0 } right] && !left.Contains(' ', StringComparison.Ordinal) && !right.Contains(' ', StringComparison.Ordinal)
            ? (left, right)
            : throw Unsupported($"merge '{merge}' is not a pair of tokens without spaces");
    }
}
