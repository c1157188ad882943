using System.Text.Json;
using ChatLoop.Trainer.Gates;

namespace ChatLoop.Trainer.Tests.Gates;

/// <summary>Numbers of tests/reference/diversity_reference.py, which counts n-grams the plain way.</summary>
public sealed class DiversityReferenceTests
{
    public sealed record Case(int[][] Answers, double Self_bleu, double Repetition3);

    private static readonly Case[] Cases = JsonSerializer.Deserialize<Case[]>(
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Gates", "diversity_vectors.json")), JsonSerializerOptions.Web)!;

    [Fact]
    public void Self_bleu() => Assert.All(Cases, c => Assert.Equal(c.Self_bleu, SelfBleu.Of(c.Answers), 1e-12));

    [Fact]
    public void Sequence_repetition() => Assert.All(Cases, c => Assert.Equal(c.Repetition3, SequenceRepetition.Of(c.Answers, 3), 1e-12));

    /// <summary>By hand: 4 of 5 words, 3 of 4 pairs, 2 of 3 triples, 1 of 2 fours are in the other answer.</summary>
    [Fact]
    public void Self_bleu_by_hand() =>
        Assert.Equal(Math.Pow(4.0 / 5 * 3 / 4 * 2 / 3 * 1 / 2, 0.25), SelfBleu.Of<int>([[1, 2, 3, 4, 5], [1, 2, 3, 4, 6]]), 1e-12);

    [Fact]
    public void One_answer_has_nothing_to_be_compared_with() => Assert.Equal(double.NaN, SelfBleu.Of<int>([[1, 2, 3, 4]]));
}
