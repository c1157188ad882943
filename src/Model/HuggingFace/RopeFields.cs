using System.Text.Json.Nodes;
using ChatLoop.Model.Json;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.HuggingFace;

/// <summary>
/// "rope_theta" and "rope_scaling"; from transformers 5 on both are in "rope_parameters". The kind is "rope_type", in older files "type".
/// </summary>
internal static class RopeFields
{
    private const double DefaultTheta = 10_000;

    public static double ReadTheta(JsonFields fields) =>
        fields.OptionalNumber("rope_theta") ?? Scaling(fields)?.OptionalNumber("rope_theta") ?? DefaultTheta;

    /// <param name="maxPositions">The context window, which a scaling refers to where it names no other.</param>
    public static RopeScaling? Read(JsonFields fields, int maxPositions)
    {
        if (Scaling(fields) is not { } scaling) return null;
        var key = scaling.Has("rope_type") ? "rope_type" : "type";
        return scaling.OptionalText(key) switch
        {
            null or "default" => null,
            "linear" => new LinearRopeScaling(scaling.Number("factor")),
            "llama3" => new Llama3RopeScaling(
                scaling.Number("factor"), scaling.Number("low_freq_factor"), scaling.Number("high_freq_factor"),
                scaling.Count("original_max_position_embeddings")),
            "yarn" => ReadYarn(scaling, maxPositions),
            _ => throw scaling.Wrong(key, "default, linear, llama3 or yarn"),
        };
    }

    private static YarnRopeScaling ReadYarn(JsonFields scaling, int maxPositions)
    {
        var original = scaling.OptionalCount("original_max_position_embeddings") ?? maxPositions;
        return new(
            scaling.OptionalNumber("factor") ?? (double)maxPositions / original, original,
            scaling.OptionalNumber("beta_fast") ?? 32, scaling.OptionalNumber("beta_slow") ?? 1, scaling.OptionalNumber("attention_factor"),
            scaling.OptionalNumber("mscale"), scaling.OptionalNumber("mscale_all_dim"), scaling.OptionalFlag("truncate") ?? true);
    }

    public static JsonObject? Write(RopeScaling? scaling) => scaling switch
    {
        null => null,
        LinearRopeScaling linear => new() { ["rope_type"] = "linear", ["factor"] = linear.Factor },
        Llama3RopeScaling llama3 => new()
        {
            ["rope_type"] = "llama3",
            ["factor"] = llama3.Factor,
            ["low_freq_factor"] = llama3.LowFrequencyFactor,
            ["high_freq_factor"] = llama3.HighFrequencyFactor,
            ["original_max_position_embeddings"] = llama3.OriginalMaxPositions,
        },
        YarnRopeScaling yarn => WriteYarn(yarn),
        _ => throw new ArgumentException($"{scaling} has no place in a config.json.", nameof(scaling)),
    };

    private static JsonObject WriteYarn(YarnRopeScaling yarn)
    {
        var fields = new JsonObject
        {
            ["rope_type"] = "yarn",
            ["factor"] = yarn.Factor,
            ["original_max_position_embeddings"] = yarn.OriginalMaxPositions,
            ["beta_fast"] = yarn.BetaFast,
            ["beta_slow"] = yarn.BetaSlow,
            ["truncate"] = yarn.Truncate,
        };
        if (yarn.GivenAttentionFactor is { } attention) fields["attention_factor"] = attention;
        if (yarn.MScale is { } scale) fields["mscale"] = scale;
        if (yarn.MScaleAllDimensions is { } all) fields["mscale_all_dim"] = all;
        return fields;
    }

    private static JsonFields? Scaling(JsonFields fields) => fields.OptionalObject("rope_scaling") ?? fields.OptionalObject("rope_parameters");
}
