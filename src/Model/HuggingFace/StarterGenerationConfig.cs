using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.HuggingFace;

/// <summary>
/// generation_config.json of a model that ChatLoop trains itself. Training samples from the whole vocabulary; people are spared the
/// least likely twentieth, in which a small model's slips lie, and still get varied answers.
/// </summary>
public static class StarterGenerationConfig
{
    public const double TopP = 0.95;

    public static byte[] Write(TransformerConfig config)
    {
        using var stream = new MemoryStream();
        (GenerationConfig.Of(config) with { Samples = true, Temperature = 1, TopP = TopP }).Write(stream);
        return stream.ToArray();
    }
}
