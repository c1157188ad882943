namespace ChatLoop.Trainer.Statistics;

/// <summary>The exact one-sided binomial test.</summary>
public static class BinomialTest
{
    /// <param name="heads">Probability of heads in one toss, in (0, 1); a half for a fair coin.</param>
    /// <returns>P(at least <paramref name="successes"/> heads in <paramref name="trials"/> tosses).</returns>
    public static double ChanceOfAtLeast(int successes, int trials, double heads = 0.5)
    {
        var probability = 0.0;
        var logChoose = 0.0;
        for (var k = 0; k <= trials; k++)
        {
            if (k > 0) logChoose += Math.Log(trials - k + 1) - Math.Log(k);
            if (k >= successes) probability += Math.Exp(logChoose + k * Math.Log(heads) + (trials - k) * Math.Log(1 - heads));
        }
        return Math.Min(1, probability);
    }
}
