using ChatLoop.Trainer.Gates;

namespace ChatLoop.Trainer.Tests.Gates;

public sealed class DistinctNTests
{
    /// <summary>rl_vectors, section 18: [a b a c], [a b d].</summary>
    [Theory]
    [InlineData(1, 0.571429)]
    [InlineData(2, 0.8)]
    public void Equals_the_worked_example(int n, double expected) =>
        Assert.Equal(expected, DistinctN.Of<char>(["abac".ToArray(), "abd".ToArray()], n), 1e-6);

    [Fact]
    public void Answers_shorter_than_n_have_none() => Assert.Equal(0, DistinctN.Of<int>([[1], []], 2));
}
