using System.Text.Json;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.Model.Constraints;

/// <summary>
/// Reads a JSON schema as a pattern: every text of it is JSON that the schema accepts, not every such JSON is a text of it. Objects have their
/// properties in the schema's order and no others, unless the schema names none; a schema that says nothing allows three levels.
/// </summary>
internal static class JsonSchemaPattern
{
    private const int AnyDepth = 3;

    private static readonly string[] Annotations =
        ["title", "description", "default", "examples", "$schema", "$id", "$comment", "deprecated", "readOnly", "writeOnly"];

    private static readonly string[] Keywords = ["type", "enum", "const", "anyOf", "properties", "required", "additionalProperties", "items", "minLength", "maxLength"];

    private const int LongestLength = 1000;

    private static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    /// <exception cref="ChatLoopException">Invalid: no JSON, or a schema with something that is not supported, which it names with its place.</exception>
    public static Pattern Parse(string schema)
    {
        try
        {
            using var document = JsonDocument.Parse(schema);
            return Value(document.RootElement, "$");
        }
        catch (JsonException error)
        {
            throw ChatLoopException.Invalid($"Sampling: jsonSchema is no JSON: {error.Message}");
        }
    }

    private static Pattern Value(JsonElement schema, string path)
    {
        if (schema.ValueKind == JsonValueKind.True) return JsonPatterns.Any(AnyDepth);
        if (schema.ValueKind != JsonValueKind.Object) throw Invalid(path, $"a schema must be an object or true, not {schema.ValueKind}");
        var keywords = schema.EnumerateObject().Select(p => p.Name).Except(Annotations).ToHashSet();
        if (keywords.Except(Keywords).FirstOrDefault() is { } unknown)
            throw Invalid(path, $"\"{unknown}\" is not supported; supported are {string.Join(", ", Keywords)}");
        if (keywords.Contains("anyOf")) return AnyOf(schema, keywords, path);
        if (keywords.Contains("const")) return OneOf([schema.GetProperty("const")], schema, keywords, path);
        if (keywords.Contains("enum")) return OneOf([.. Elements(schema, "enum", path)], schema, keywords, path);
        return keywords.Count == 0 ? JsonPatterns.Any(AnyDepth) : Pattern.Either([.. TypesOf(schema, path).Select(t => OfType(t, schema, path))]);
    }

    private static Pattern AnyOf(JsonElement schema, HashSet<string> keywords, string path)
    {
        if (keywords.Count > 1) throw Invalid(path, $"\"anyOf\" beside \"{keywords.First(k => k != "anyOf")}\" is not supported");
        return Pattern.Either([.. Elements(schema, "anyOf", path).Select((option, i) => Value(option, $"{path}.anyOf[{i}]"))]);
    }

    private static Pattern OneOf(JsonElement[] values, JsonElement schema, HashSet<string> keywords, string path)
    {
        var named = keywords.Contains("const") ? "const" : "enum";
        if (keywords.FirstOrDefault(k => k != named && k != "type") is { } other) throw Invalid(path, $"\"{named}\" beside \"{other}\" is not supported");
        if (keywords.Contains("type"))
        {
            var types = TypesOf(schema, path);
            values = [.. values.Where(v => types.Any(t => Is(v, t)))];
            if (values.Length == 0) throw Invalid(path, $"no value of \"{named}\" is of the type");
        }
        return Pattern.Either([.. values.Select(JsonPatterns.Value)]);
    }

    private static bool Is(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && decimal.IsInteger(number),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    private static Pattern String(JsonElement schema, string path)
    {
        var (least, most) = (Length(schema, "minLength", path) ?? 0, Length(schema, "maxLength", path));
        return least > most ? throw Invalid(path, "\"minLength\" is above \"maxLength\"") : JsonPatterns.String(least, most);
    }

    private static int? Length(JsonElement schema, string keyword, string path)
    {
        if (!schema.TryGetProperty(keyword, out var value)) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var length) && length is >= 0 and <= LongestLength
            ? length
            : throw Invalid(path, $"\"{keyword}\" must be a whole number from 0 to {LongestLength}");
    }

    /// <summary>Where no type is given, that which the other keywords are about.</summary>
    private static string[] TypesOf(JsonElement schema, string path)
    {
        if (!schema.TryGetProperty("type", out var type)) return [Implied(schema)];
        string[] types = type.ValueKind == JsonValueKind.Array ? [.. Elements(schema, "type", path).Select(t => Text(t) ?? "")] : [Text(type) ?? ""];
        return types.All(t => Types.Contains(t)) ? types : throw Invalid(path, $"\"type\" must be of {string.Join(", ", Types)}");
    }

    private static string Implied(JsonElement schema) =>
        schema.TryGetProperty("items", out _) ? "array" : schema.TryGetProperty("minLength", out _) || schema.TryGetProperty("maxLength", out _) ? "string" : "object";

    private static Pattern OfType(string type, JsonElement schema, string path) => type switch
    {
        "object" => Object(schema, path),
        "array" => schema.TryGetProperty("items", out var items) ? JsonPatterns.Array(Value(items, $"{path}.items")) : JsonPatterns.Array(JsonPatterns.Any(AnyDepth - 1)),
        "string" => String(schema, path),
        "number" => JsonPatterns.Number,
        "integer" => JsonPatterns.Integer,
        "boolean" => JsonPatterns.Boolean,
        _ => JsonPatterns.Null,
    };

    private static Pattern Object(JsonElement schema, string path)
    {
        JsonProperty[] properties = schema.TryGetProperty("properties", out var named)
            ? [.. Require(named, JsonValueKind.Object, $"{path}.properties").EnumerateObject()]
            : [];
        string[] required = schema.TryGetProperty("required", out _)
            ? [.. Elements(schema, "required", path, canBeEmpty: true).Select(n => Text(n) ?? throw Invalid(path, "\"required\" must hold names"))]
            : [];
        var undescribed = required.Except(properties.Select(p => p.Name)).ToList();
        var others = schema.TryGetProperty("additionalProperties", out var additional) ? additional : default;
        if (properties.Length == 0 && undescribed.Count == 0 && others.ValueKind != JsonValueKind.False)
            return JsonPatterns.Map(others.ValueKind == JsonValueKind.Undefined ? JsonPatterns.Any(AnyDepth - 1) : Value(others, $"{path}.additionalProperties"));
        if (undescribed.Count > 0 && others.ValueKind == JsonValueKind.False)
            throw Invalid(path, $"\"required\" names \"{undescribed[0]}\", which \"additionalProperties\" forbids");
        return JsonPatterns.Object(new Pattern.Listed(
            [
                .. properties.Select(p => (Member(p.Name, Value(p.Value, $"{path}.properties.{p.Name}")), required.Contains(p.Name))),
                .. undescribed.Select(n => (Member(n, Undescribed(others, path)), true)),
            ], JsonPatterns.Comma));
    }

    private static Pattern Undescribed(JsonElement others, string path) =>
        others.ValueKind == JsonValueKind.Undefined ? JsonPatterns.Any(AnyDepth - 1) : Value(others, $"{path}.additionalProperties");

    private static Pattern.Sequence Member(string name, Pattern value) => new([JsonPatterns.Name(name), JsonPatterns.Colon, value]);

    private static JsonElement.ArrayEnumerator Elements(JsonElement schema, string keyword, string path, bool canBeEmpty = false)
    {
        var array = Require(schema.GetProperty(keyword), JsonValueKind.Array, $"{path}.{keyword}");
        return array.GetArrayLength() > 0 || canBeEmpty ? array.EnumerateArray() : throw Invalid(path, $"\"{keyword}\" is empty");
    }

    private static JsonElement Require(JsonElement value, JsonValueKind kind, string path) =>
        value.ValueKind == kind ? value : throw Invalid(path, $"it must be an {kind}, not {value.ValueKind}");

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static ChatLoopException Invalid(string path, string what) => ChatLoopException.Invalid($"Sampling: jsonSchema at {path}: {what}.");
}
