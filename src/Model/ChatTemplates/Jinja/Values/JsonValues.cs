using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatLoop.Model.ChatTemplates.Jinja.Values;

/// <summary>JSON as a template's values. All text in it is plain.</summary>
internal static class JsonValues
{
    public static JinjaValue Read(JsonNode? node)
    {
        RenderBudget.EnsureStack();
        return node switch
        {
            null => NoneValue.Instance,
            JsonArray array => JinjaValue.ListOf(array.Select(Read)),
            JsonObject map => new MappingValue(map.Select(p => (JinjaValue.Of(p.Key), Read(p.Value)))),
            _ => Read(node.AsValue()),
        };
    }

    private static JinjaValue Read(JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.String => JinjaValue.Of(value.GetValue<string>()),
        JsonValueKind.True => BooleanValue.True,
        JsonValueKind.False => BooleanValue.False,
        JsonValueKind.Number when value.TryGetValue<long>(out var integer) && !IsWrittenAsFraction(value) => JinjaValue.Of(integer),
        JsonValueKind.Number when value.TryGetValue<int>(out var integer) => JinjaValue.Of(integer),
        _ => new FloatValue(value.GetValue<double>()),
    };

    /// <summary>Python reads 1.0 as a float.</summary>
    private static bool IsWrittenAsFraction(JsonValue value) => value.ToJsonString().AsSpan().IndexOfAny(".eE") >= 0;
}
