using System.Text.Json;
using System.Text.Json.Nodes;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.ChatTemplates;

/// <summary>What the files of a Hugging Face folder say about chatting.</summary>
internal sealed record ChatTemplateSource
{
    public const string TemplateFile = "chat_template.jinja";
    private const string TemplateField = "chat_template";
    private static readonly string[] EndFiles = ["config.json", "generation_config.json"];

    /// <summary>For messages: the file, or the field of one.</summary>
    public string Name { get; init; } = "";
    /// <summary>Null when the folder has no template.</summary>
    public string? Jinja { get; init; }
    public string? Bos { get; init; }
    public string? Eos { get; init; }
    public string? Pad { get; init; }
    public string? Unknown { get; init; }
    /// <summary>eos_token_id of config.json and generation_config.json together.</summary>
    public IReadOnlyList<int> EndIds { get; init; } = [];

    /// <summary>
    /// The template is chat_template.jinja's where there is one, as in transformers, else tokenizer_config.json's; of several named
    /// ones, "default".
    /// </summary>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it, what was expected and what was found.</exception>
    public static ChatTemplateSource Read(string folder)
    {
        var named = NamedTokens.Read(folder);
        var (name, jinja) = ReadTemplate(folder);
        return new()
        {
            Name = name,
            Jinja = jinja,
            Bos = named.Bos,
            Eos = named.Eos,
            Pad = named.Pad,
            Unknown = named.Unknown,
            EndIds = [.. EndFiles.SelectMany(f => ReadEndIds(folder, f)).Distinct()],
        };
    }

    private static (string Name, string? Jinja) ReadTemplate(string folder)
    {
        var path = Path.Combine(folder, TemplateFile);
        if (File.Exists(path)) return (TemplateFile, File.ReadAllText(path));
        return ReadJson(folder, NamedTokens.ConfigFile)?[TemplateField] switch
        {
            null => ("", null),
            JsonArray several => ($"{NamedTokens.ConfigFile}, {TemplateField} 'default'", DefaultOf(several)),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => ($"{NamedTokens.ConfigFile}, {TemplateField}", value.GetValue<string>()),
            var other => throw Unexpected(NamedTokens.ConfigFile, TemplateField, "a text or a list of named templates", other),
        };
    }

    private static string DefaultOf(JsonArray several)
    {
        var byName = several.OfType<JsonObject>().ToDictionary(t => t["name"]?.ToString() ?? "", t => t["template"]?.ToString());
        return byName.GetValueOrDefault("default") ?? throw new InvalidDataException(
            $"{NamedTokens.ConfigFile}: {TemplateField} is a list; expected a template named 'default' in it, found: {string.Join(", ", byName.Keys)}. "
            + "Name the one to use 'default'.");
    }

    private static IEnumerable<int> ReadEndIds(string folder, string file) => ReadJson(folder, file)?["eos_token_id"] switch
    {
        null => [],
        JsonArray several => several.Select(id => Id(file, id)),
        var single => [Id(file, single)],
    };

    private static int Id(string file, JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<int>(out var id) && id >= 0 ? id : throw Unexpected(file, "eos_token_id", "token ids", node);

    private static JsonObject? ReadJson(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new InvalidDataException($"{file} is damaged: expected a JSON object.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file} is damaged: {e.Message}", e);
        }
    }

    private static InvalidDataException Unexpected(string file, string field, string expected, JsonNode? found) =>
        new($"{file}: {field}: expected {expected}, found {found?.ToJsonString() ?? "null"}.");
}
