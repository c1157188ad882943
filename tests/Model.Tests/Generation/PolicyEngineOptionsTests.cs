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
    // 2 GiB are 5461 blocks of 16 tokens: 2^31 / (24576 * 16).
    [InlineData(2048, 16, null, 32768)]
    [InlineData(256, 16, null, 10912)]
    [InlineData(1, 16, null, 256)]
    [InlineData(1, 16, 4096, 4096)]
    [InlineData(2048, 16, 100_000, 32768)]
    public void The_context_is_what_memory_and_model_allow(int megabytes, int concurrent, int? tokens, int expected) =>
        Assert.Equal(expected, new PolicyEngineOptions { CacheMegabytes = megabytes, MaxConcurrent = concurrent, ContextTokens = tokens }.ContextOf(Qwen));

    /// <summary>A context of 32,768 tokens is 2,048 blocks, one of 4,096 is 256, one of 256 is 16.</summary>
    [Theory]
    [InlineData(2048, 16, null, 5461)]
    [InlineData(2048, 1, 4096, 512)]
    [InlineData(1, 16, null, 16)]
    public void The_cache_takes_no_more_than_it_may_and_twice_what_answers_need(int megabytes, int concurrent, int? tokens, int expected) =>
        Assert.Equal(expected, new PolicyEngineOptions { CacheMegabytes = megabytes, MaxConcurrent = concurrent, ContextTokens = tokens }.CacheBlocksOf(Qwen));
}
