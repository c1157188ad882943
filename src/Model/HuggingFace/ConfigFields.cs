using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatLoop.Model.HuggingFace;

/// <summary>The fields of a JSON object in a file; every error names file, field, what was expected and what was found.</summary>
/// <param name="prefix">Where in the file the object is, such as "rope_scaling.".</param>
internal sealed class ConfigFields(string path, JsonObject fields, string prefix = "")
{
    /// <exception cref="InvalidDataException">The file is not a JSON object.</exception>
    public static ConfigFields Parse(string path, ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonNode.Parse(json) is JsonObject root
                ? new(path, root)
                : throw new InvalidDataException($"{path}: expected a JSON object, found something else.");
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: it is not JSON: {e.Message}", e);
        }
    }

    /// <summary>A field that is null counts as absent.</summary>
    public bool Has(string field) => Get(field) is not null;

    /// <summary>Not even null is there.</summary>
    public bool IsAbsent(string field) => !fields.ContainsKey(field);

    public int Count(string field) => OptionalCount(field) ?? throw Wrong(field, "a positive whole number");

    public int? OptionalCount(string field) => OptionalInteger(field) is not { } value ? null
        : value > 0 ? value
        : throw Wrong(field, "a positive whole number");

    /// <summary>Zero or more: a token's id.</summary>
    public int? OptionalId(string field) => OptionalInteger(field) is not { } value ? null
        : value >= 0 ? value
        : throw Wrong(field, "a token's id");

    /// <summary>One id, several in an array, or none.</summary>
    public IReadOnlyList<int> Ids(string field)
    {
        if (Get(field) is not JsonArray array) return OptionalId(field) is { } single ? [single] : [];
        return [.. array.Select(id => id is JsonValue value && TryInteger(value, out var i) && i >= 0 ? i : throw Wrong(field, "token ids"))];
    }

    public double Number(string field) => OptionalNumber(field) ?? throw Wrong(field, "a number");

    public double? OptionalNumber(string field) => Get(field) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<double>(out var number) => number,
        _ => throw Wrong(field, "a number"),
    };

    public bool? OptionalFlag(string field) => Get(field) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        _ => throw Wrong(field, "true or false"),
    };

    public string? OptionalText(string field) => Get(field) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => throw Wrong(field, "text"),
    };

    public IReadOnlyList<string>? OptionalTexts(string field) => Get(field) switch
    {
        null => null,
        JsonArray array => [.. array.Select(t => t is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw Wrong(field, "texts"))],
        _ => throw Wrong(field, "an array of texts"),
    };

    public ConfigFields? OptionalObject(string field) => Get(field) switch
    {
        null => null,
        JsonObject inner => new(path, inner, $"{prefix}{field}."),
        _ => throw Wrong(field, "an object"),
    };

    /// <summary>Refuses what ChatLoop does not compute: the field must be absent or have this value.</summary>
    public void Only<T>(string field, T supported, string why) where T : notnull
    {
        if (Get(field) is not { } node) return;
        if (node is not JsonValue value || !value.TryGetValue<T>(out var found) || !found.Equals(supported))
            throw Wrong(field, $"{JsonSerializer.Serialize(supported)} ({why})");
    }

    public InvalidDataException Wrong(string field, string expected) =>
        new($"{path}: '{prefix}{field}': expected {expected}, found {Get(field)?.ToJsonString() ?? "nothing"}.");

    private JsonNode? Get(string field) => fields.TryGetPropertyValue(field, out var node) ? node : null;

    private int? OptionalInteger(string field) => Get(field) switch
    {
        null => null,
        JsonValue value when TryInteger(value, out var number) => number,
        _ => throw Wrong(field, "a whole number"),
    };

    /// <summary>Some writers put 131072.0.</summary>
    private static bool TryInteger(JsonValue value, out int number)
    {
        if (value.TryGetValue(out number)) return true;
        if (!value.TryGetValue<double>(out var real) || real != Math.Floor(real) || Math.Abs(real) > int.MaxValue) return false;
        number = (int)real;
        return true;
    }
}
