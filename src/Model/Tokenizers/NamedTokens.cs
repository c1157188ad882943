using System.Text.Json;

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
        var config = ReadFile(Path.Combine(folder, ConfigFile));
        var map = ReadFile(Path.Combine(folder, MapFile));
        try
        {
            string? Named(string role) => Content(config.Field(role) ?? map.Field(role));
            var others = config.Items("additional_special_tokens").Concat(map.Items("additional_special_tokens")).Select(t => Content(t));
            return new()
            {
                Bos = Named("bos_token"),
                Eos = Named("eos_token"),
                Pad = Named("pad_token"),
                Unknown = Named("unk_token"),
                AddsBos = config.Flag("add_bos_token", false),
                AddsEos = config.Flag("add_eos_token", false),
                SaysWhatIsAdded = config.Field("add_bos_token") is not null || config.Field("add_eos_token") is not null,
                IsLegacy = config.Flag("legacy", true),
                Special = Roles.Select(Named).Concat(others).OfType<string>().ToHashSet(StringComparer.Ordinal),
                Added = [.. config.Field("added_tokens_decoder")?.EnumerateObject()
                    .Select(t => TokenizerFile.ReadAddedToken(t.Value, int.Parse(t.Name, System.Globalization.CultureInfo.InvariantCulture))) ?? []],
            };
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{ConfigFile} or {MapFile} is damaged: {e.Message}", e);
        }
    }

    /// <summary>A token is written as its text or as an object with the text in "content".</summary>
    private static string? Content(JsonElement? token) =>
        token is not { } value ? null : value.ValueKind == JsonValueKind.Object ? value.Text("content") : value.GetString();

    private static JsonElement ReadFile(string path)
    {
        if (!File.Exists(path)) return default;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{Path.GetFileName(path)} is damaged: {e.Message}", e);
        }
    }
}
