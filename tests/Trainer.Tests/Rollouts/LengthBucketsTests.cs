using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Tests.Rollouts;

public sealed class LengthBucketsTests
{
    [Fact]
    public void Neighbours_in_length_share_a_bucket_and_none_is_too_large()
    {
        var groups = LengthBuckets.Split([30, 10, 12, 29, 11], maxTokens: 60);

        Assert.Equal([[1, 4, 2], [3, 0]], groups);
    }

    [Fact]
    public void A_sequence_beyond_the_limit_has_a_bucket_of_its_own() =>
        Assert.Equal([[1], [0]], LengthBuckets.Split([100, 5], maxTokens: 20));

    [Fact]
    public void Nothing_gives_no_buckets() => Assert.Empty(LengthBuckets.Split([], maxTokens: 20));
}
