using System.Text.Json;
using System.Text.Json.Nodes;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Json;
using ChatLoop.Model.Sampling;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.HuggingFace;

/// <summary>generation_config.json: the ids that end an answer and the sampling that the model's makers advise.</summary>
public sealed record GenerationConfig
{
    public const string FileName = "generation_config.json";

    public int? BosTokenId { get; init; }
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];
    public int? PadTokenId { get; init; }
    /// <summary>Null where the file says nothing, here and below.</summary>
    public bool? Samples { get; init; }
    public double? Temperature { get; init; }
    public double? TopP { get; init; }
    public int? TopK { get; init; }
    public double? MinP { get; init; }
    public double? RepetitionPenalty { get; init; }

    /// <summary>
    /// The sampling that is advised, out of range the nearest that is allowed. That some files advise against sampling is left out:
    /// answers that are always the same leave people nothing to choose from.
    /// </summary>
    public SamplingParameters Sampling => new()
    {
        Temperature = Temperature is { } temperature and not 0 ? Math.Clamp(temperature, 0.01, 5) : 1,
        TopP = TopP is > 0 and <= 1 ? TopP.Value : 1,
        TopK = TopK ?? 0,
        MinP = MinP is >= 0 and <= 1 ? MinP.Value : 0,
        RepetitionPenalty = Math.Clamp(RepetitionPenalty ?? 1, SamplingLimits.LowestRepetitionPenalty, SamplingLimits.HighestRepetitionPenalty),
    };

    /// <summary>What a config.json knows of it.</summary>
    public static GenerationConfig Of(TransformerConfig config) =>
        new() { BosTokenId = config.BosTokenId, EosTokenIds = config.EosTokenIds, PadTokenId = config.PadTokenId };

    /// <param name="path">For messages.</param>
    /// <exception cref="InvalidDataException">Names the file, the field, what was expected and what was found.</exception>
    public static GenerationConfig Read(string path, ReadOnlySpan<byte> json)
    {
        var fields = JsonFields.Parse(path, json);
        return new()
        {
            BosTokenId = fields.OptionalId("bos_token_id"),
            EosTokenIds = fields.Ids("eos_token_id"),
            PadTokenId = fields.OptionalId("pad_token_id"),
            Samples = fields.OptionalFlag("do_sample"),
            Temperature = fields.OptionalNumber("temperature"),
            TopP = fields.OptionalNumber("top_p"),
            // 0 means that no token is left out.
            TopK = fields.OptionalId("top_k"),
            MinP = fields.OptionalNumber("min_p"),
            RepetitionPenalty = fields.OptionalNumber("repetition_penalty"),
        };
    }

    /// <summary>Same config, same bytes.</summary>
    public void Write(Stream stream)
    {
        var root = new JsonObject
        {
            ["bos_token_id"] = BosTokenId,
            ["eos_token_id"] = HuggingFaceConfig.WriteIds(EosTokenIds),
            ["pad_token_id"] = PadTokenId,
            ["do_sample"] = Samples,
            ["temperature"] = Temperature,
            ["top_p"] = TopP,
            ["top_k"] = TopK,
            ["min_p"] = MinP,
            ["repetition_penalty"] = RepetitionPenalty,
        };
        foreach (var (absent, _) in root.Where(f => f.Value is null).ToList()) root.Remove(absent);
        using var writer = new Utf8JsonWriter(stream, new() { Indented = true });
        root.WriteTo(writer);
    }
}
