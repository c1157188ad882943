using System.Text.Json;

namespace ChatLoop.Model.Json;

/// <summary>
/// The fields of a JSON object in a file of a model folder, in which null and a missing field mean the same; every error names file,
/// field, what was expected and what was found.
/// </summary>
/// <param name="path">The file, for messages.</param>
/// <param name="root">The object; it lives as long as the document that it is of.</param>
/// <param name="prefix">Where in the file the object is, such as "rope_scaling.".</param>
internal sealed class JsonFields(string path, JsonElement root, string prefix = "")
{
    private static readonly JsonElement NoFields = JsonElement.Parse("{}");

    /// <exception cref="InvalidDataException">The file is not a JSON object.</exception>
    public static JsonFields Parse(string path, ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonElement.Parse(json) is { ValueKind: JsonValueKind.Object } root
                ? new(path, root)
                : throw new InvalidDataException($"{path} is damaged: expected a JSON object.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is damaged: it is not JSON: {e.Message}", e);
        }
    }

    /// <summary>Of a file that need not be there; it is named as <paramref name="name"/>.</summary>
    /// <exception cref="InvalidDataException">As <see cref="Parse"/>.</exception>
    public static JsonFields ReadIfThere(string folder, string name) =>
        Path.Combine(folder, name) is var path && File.Exists(path) ? Parse(name, File.ReadAllBytes(path)) : new(name, NoFields);

    public bool Has(string field) => Get(field) is not null;

    /// <summary>Not even null is there.</summary>
    public bool IsAbsent(string field) => !root.TryGetProperty(field, out _);

    public IEnumerable<string> Names => root.EnumerateObject().Select(f => f.Name);

    public JsonElement? Get(string field) =>
        root.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

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
        if (Get(field) is not { ValueKind: JsonValueKind.Array } array) return OptionalId(field) is { } single ? [single] : [];
        return [.. array.EnumerateArray().Select(id => Integer(id) is { } i and >= 0 ? i : throw Wrong(field, "token ids"))];
    }

    public double Number(string field) => OptionalNumber(field) ?? throw Wrong(field, "a number");

    public double? OptionalNumber(string field) => Get(field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) => number,
        _ => throw Wrong(field, "a number"),
    };

    public bool? OptionalFlag(string field) => Get(field)?.ValueKind switch
    {
        null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(field, "true or false"),
    };

    public string? OptionalText(string field) => Get(field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => throw Wrong(field, "text"),
    };

    public IReadOnlyList<string>? OptionalTexts(string field) =>
        Get(field) is null ? null : [.. Items(field).Select(t => t.ValueKind == JsonValueKind.String ? t.GetString()! : throw Wrong(field, "texts"))];

    public JsonFields? OptionalObject(string field) => Get(field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } inner => new(path, inner, $"{prefix}{field}."),
        _ => throw Wrong(field, "an object"),
    };

    /// <summary>Of an array; none where there is none.</summary>
    public IEnumerable<JsonElement> Items(string field) => Get(field) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } array => array.EnumerateArray(),
        _ => throw Wrong(field, "an array"),
    };

    public IEnumerable<JsonFields> Objects(string field) => Items(field).Select((item, i) => item.ValueKind == JsonValueKind.Object
        ? new JsonFields(path, item, $"{prefix}{field}[{i}].")
        : throw Wrong(field, "an array of objects"));

    /// <summary>Refuses what ChatLoop does not compute: the field must be absent or have this value.</summary>
    public void Only(string field, object supported, string why)
    {
        if (Get(field) is { } found && !JsonElement.DeepEquals(found, JsonSerializer.SerializeToElement(supported)))
            throw Wrong(field, $"{JsonSerializer.Serialize(supported)} ({why})");
    }

    public InvalidDataException Wrong(string field, string expected) =>
        new($"{path}: '{prefix}{field}': expected {expected}, found {Get(field)?.GetRawText() ?? "nothing"}.");

    /// <summary>The same fields, also when the document is gone.</summary>
    public JsonFields Kept() => new(path, root.Clone(), prefix);

    /// <summary>As it is written in the file.</summary>
    public override string ToString() => root.GetRawText();

    private int? OptionalInteger(string field) => Get(field) is { } value ? Integer(value) ?? throw Wrong(field, "a whole number") : null;

    /// <summary>Some writers put 131072.0.</summary>
    private static int? Integer(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number) return null;
        if (value.TryGetInt32(out var number)) return number;
        return value.TryGetDouble(out var real) && real == Math.Floor(real) && Math.Abs(real) <= int.MaxValue ? (int)real : null;
    }
}
