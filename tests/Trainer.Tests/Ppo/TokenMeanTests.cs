using ChatLoop.Trainer.Ppo;
using static ChatLoop.Trainer.Tests.Near;

namespace ChatLoop.Trainer.Tests.Ppo;

public sealed class TokenMeanTests
{
    /// <summary>rl_vectors, section 6: [1, 2, 3 | pad] and [4 | pads] have token mean 2.5; the mean of means would be 3.</summary>
    [Fact]
    public void Shares_of_micro_batches_add_up_to_the_token_mean()
    {
        var mean = new TokenMean(TotalTokens: 4);

        var padded = mean.Share(Vector(1, 2, 3, 99), Vector(1, 1, 1, 0)) + mean.Share(Vector(4, 99, 99, 99), Vector(1, 0, 0, 0));
        var packed = mean.Share(Vector(1, 2, 3)) + mean.Share(Vector(4));

        Equal(2.5, padded);
        Equal(2.5, packed);
    }
}
