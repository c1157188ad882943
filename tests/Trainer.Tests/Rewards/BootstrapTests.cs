using ChatLoop.Trainer.Rewards;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class BootstrapTests
{
    private static readonly IReadOnlyList<int[]> Counts = Bootstrap.Draw(4000, 4, new Random(1));

    [Fact]
    public void Every_judgement_counts_in_full() => Assert.All(Counts, counts => Assert.Equal(4, counts.Sum()));

    /// <summary>Binomial(4, 1/4): mean 1, and (3/4)^4 = 0.316 of the judgements are not in a head's sample.</summary>
    [Fact]
    public void Each_head_has_a_sample_of_its_own()
    {
        Assert.All(Enumerable.Range(0, 4), head =>
        {
            Assert.Equal(1, Counts.Average(c => c[head]), 0.05);
            Assert.Equal(0.316, Counts.Average(c => c[head] == 0 ? 1.0 : 0.0), 0.03);
        });
    }

    [Fact]
    public void The_same_seed_draws_the_same() => Assert.Equal(Counts, Bootstrap.Draw(4000, 4, new Random(1)));
}
