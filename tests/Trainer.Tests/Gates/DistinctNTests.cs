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

    /// <summary>a b | b a | a c of 3, although the whole has 5.</summary>
    [Fact]
    public void Only_as_many_as_asked_for_are_looked_at()
    {
        char[][] answers = ["abac".ToArray(), "abd".ToArray()];

        Assert.Equal(5, DistinctN.Count(answers, 2));
        Assert.Equal(1, DistinctN.Of(answers, 2, grams: 3));
    }

    [Fact]
    public void Answers_shorter_than_n_have_none() => Assert.Equal(0, DistinctN.Of<int>([[1], []], 2));
}
