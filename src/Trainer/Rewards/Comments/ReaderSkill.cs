using ChatLoop.Trainer.Statistics;

namespace ChatLoop.Trainer.Rewards.Comments;

/// <summary>
/// How much better than chance a reader tells praise from complaint. Chance is to call everything by the commoner name, so that a
/// reader of lopsided verdicts is not praised for saying the same of all words.
/// </summary>
/// <param name="Right">Of <paramref name="Verdicts"/> whose prompt the reader had not seen.</param>
/// <param name="Praise">How many of them were praise.</param>
public sealed record ReaderSkill(int Right, int Verdicts, int Praise)
{
    /// <summary>Of the exact one-sided binomial test.</summary>
    private const double Significance = 0.05;

    /// <summary>NaN without verdicts.</summary>
    public double Accuracy => (double)Right / Verdicts;

    public double Chance => (double)Math.Max(Praise, Verdicts - Praise) / Verdicts;

    public bool BeatsChance => Verdicts > 0 && Chance < 1 && BinomialTest.ChanceOfAtLeast(Right, Verdicts, Chance) < Significance;

    /// <summary>
    /// The share of comments that it does not guess, (accuracy - chance) / (1 - chance); 0 where that may be luck. With as much praise
    /// as complaint it is 2 * accuracy - 1, the weight of a rater of that reliability (<see cref="RaterReliability"/>).
    /// </summary>
    public double Weight => BeatsChance ? (Accuracy - Chance) / (1 - Chance) : 0;

    /// <param name="readings">Predicted probability of praise, and what it was; undecided ones do not count.</param>
    public static ReaderSkill Of(IEnumerable<(double Praise, bool? IsPraise)> readings)
    {
        (double Praise, bool IsPraise)[] decided = [.. readings.Where(r => r.IsPraise is not null).Select(r => (r.Praise, r.IsPraise!.Value))];
        return new(decided.Count(r => r.Praise > 0.5 == r.IsPraise), decided.Length, decided.Count(r => r.IsPraise));
    }
}
