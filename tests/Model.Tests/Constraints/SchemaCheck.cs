using System.Text.Json;

namespace ChatLoop.Model.Tests.Constraints;

/// <summary>Whether a value is of a JSON schema, after the specification (draft 2020-12), for the keywords that are supported.</summary>
internal static class SchemaCheck
{
    public static bool Holds(JsonElement schema, JsonElement value)
    {
        if (schema.ValueKind == JsonValueKind.True) return true;
        if (schema.ValueKind == JsonValueKind.False) return false;
        return schema.EnumerateObject().All(keyword => keyword.Name switch
        {
            "type" => keyword.Value.ValueKind == JsonValueKind.Array ? keyword.Value.EnumerateArray().Any(t => IsOf(t, value)) : IsOf(keyword.Value, value),
            "enum" => keyword.Value.EnumerateArray().Any(v => JsonElement.DeepEquals(v, value)),
            "const" => JsonElement.DeepEquals(keyword.Value, value),
            "anyOf" => keyword.Value.EnumerateArray().Any(s => Holds(s, value)),
            "items" => value.ValueKind != JsonValueKind.Array || value.EnumerateArray().All(item => Holds(keyword.Value, item)),
            "required" => value.ValueKind != JsonValueKind.Object || keyword.Value.EnumerateArray().All(n => value.TryGetProperty(n.GetString()!, out _)),
            "properties" => value.ValueKind != JsonValueKind.Object
                || value.EnumerateObject().All(p => !keyword.Value.TryGetProperty(p.Name, out var property) || Holds(property, p.Value)),
            "additionalProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(p => IsNamed(schema, p.Name) || Holds(keyword.Value, p.Value)),
            "minLength" => value.ValueKind != JsonValueKind.String || value.GetString()!.EnumerateRunes().Count() >= keyword.Value.GetInt32(),
            "maxLength" => value.ValueKind != JsonValueKind.String || value.GetString()!.EnumerateRunes().Count() <= keyword.Value.GetInt32(),
            _ => true,
        });
    }

    private static bool IsNamed(JsonElement schema, string name) => schema.TryGetProperty("properties", out var named) && named.TryGetProperty(name, out _);

    private static bool IsOf(JsonElement type, JsonElement value) => type.GetString() switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.GetDecimal() % 1 == 0,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        var other => throw new ArgumentException(other),
    };
}
