using System.Globalization;
using System.Text.Json;
using ChatLoop.Model.Json;

namespace ChatLoop.Model.Tokenizers;

/// <summary>The roles that tokenizer_config.json or special_tokens_map.json give to tokens.</summary>
internal sealed record NamedTokens
{
    public const string ConfigFile = "tokenizer_config.json";
    public const string MapFile = "special_tokens_map.json";

    private static readonly string[] Roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    public string? Bos { get; init; }
    public string? Eos { get; init; }
    public string? Pad { get; init; }
    public string? Unknown { get; init; }
    public bool AddsBos { get; init; }
    public bool AddsEos { get; init; }
    /// <summary>Whether the config itself says what is added; else tokenizer.json's post-processor does.</summary>
    public bool SaysWhatIsAdded { get; init; }
    /// <summary>The config's "legacy", which decides how a tokenizer.model is read: true unless it says false.</summary>
    public bool IsLegacy { get; init; } = true;
    /// <summary>Every text with a role; such tokens are special whatever else is written about them.</summary>
    public IReadOnlySet<string> Special { get; init; } = new HashSet<string>();
    /// <summary>Of the config's added_tokens_decoder.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>What the folder's files say; nothing where it has neither.</summary>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    public static NamedTokens Read(string folder)
    {
        var (config, map) = (JsonFields.ReadIfThere(folder, ConfigFile), JsonFields.ReadIfThere(folder, MapFile));
        string? Named(string role) => Role(config, role) ?? Role(map, role);
        return new()
        {
            Bos = Named("bos_token"),
            Eos = Named("eos_token"),
            Pad = Named("pad_token"),
            Unknown = Named("unk_token"),
            AddsBos = config.OptionalFlag("add_bos_token") is true,
            AddsEos = config.OptionalFlag("add_eos_token") is true,
            SaysWhatIsAdded = config.Has("add_bos_token") || config.Has("add_eos_token"),
            IsLegacy = config.OptionalFlag("legacy") is not false,
            Special = Roles.Select(Named).Concat(Additional(config)).Concat(Additional(map)).OfType<string>().ToHashSet(StringComparer.Ordinal),
            Added = [.. ReadAdded(config)],
        };
    }

    private static string? Role(JsonFields fields, string role) => fields.Get(role) is { } token ? Content(fields, role, token) : null;

    private static IEnumerable<string> Additional(JsonFields fields)
    {
        const string Field = "additional_special_tokens";
        return fields.Items(Field).Select(token => Content(fields, Field, token));
    }

    /// <summary>A token is written as its text or as an object with the text in "content".</summary>
    private static string Content(JsonFields fields, string field, JsonElement token) =>
        token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content) ? Content(fields, field, content)
        : token.ValueKind == JsonValueKind.String ? token.GetString()!
        : throw fields.Wrong(field, "the texts of tokens");

    /// <summary>By id, which is the name of the field.</summary>
    private static IEnumerable<AddedToken> ReadAdded(JsonFields config)
    {
        const string Field = "added_tokens_decoder";
        var byId = config.OptionalObject(Field);
        foreach (var name in byId?.Names ?? [])
        {
            if (!int.TryParse(name, CultureInfo.InvariantCulture, out var id)) throw config.Wrong(Field, "tokens by their ids");
            yield return TokenizerFile.ReadAddedToken(byId!.OptionalObject(name) ?? throw byId.Wrong(name, "a token"), id);
        }
    }
}
