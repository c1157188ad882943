using System.Text.Json;

namespace ChatLoop.Model.Tokenizers;

/// <summary>Fields of tokenizer files, in which null and a missing field mean the same.</summary>
internal static class JsonFields
{
    public static JsonElement? Field(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static string? Text(this JsonElement element, string name) => element.Field(name)?.GetString();

    public static bool Flag(this JsonElement element, string name, bool missing) => element.Field(name)?.GetBoolean() ?? missing;

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) => element.Field(name)?.EnumerateArray().AsEnumerable() ?? [];

    /// <summary>The steps of a Sequence under <paramref name="name"/>; of anything else, itself.</summary>
    public static IEnumerable<JsonElement> Steps(this JsonElement? element, string name) => element switch
    {
        null => [],
        { } sequence when sequence.Text("type") == "Sequence" => sequence.Items(name),
        { } single => [single],
    };
}
