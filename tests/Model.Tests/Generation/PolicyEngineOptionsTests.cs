using ChatLoop.Model.Generation;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Tests.Generation;

public sealed class PolicyEngineOptionsTests
{
    /// <summary>Qwen2.5-0.5B: 24 layers of 2 heads of 64, keys and values, 4 bytes each: 24,576 bytes a token.</summary>
    private static readonly TransformerConfig Qwen = new()
    {
        Family = ModelFamily.Qwen2,
        VocabularySize = 151936,
        HiddenSize = 896,
        IntermediateSize = 4864,
        Layers = 24,
        Heads = 14,
        KeyValueHeads = 2,
        MaxPositions = 32768,
    };

    [Theory]
    // 2 GiB for 17 sequences: 2^31 / (24576 * 17).
    [InlineData(2048, 16, null, 5140)]
    [InlineData(2048, 1, null, 32768)]
    [InlineData(1, 16, null, 256)]
    [InlineData(1, 16, 4096, 4096)]
    [InlineData(2048, 16, 100_000, 32768)]
    public void The_context_is_what_memory_and_model_allow(int megabytes, int concurrent, int? tokens, int expected) =>
        Assert.Equal(expected, new PolicyEngineOptions { CacheMegabytes = megabytes, MaxConcurrent = concurrent, ContextTokens = tokens }.ContextOf(Qwen));
}
