namespace ChatLoop.Trainer.Statistics;

/// <summary>The exact one-sided binomial test against a fair coin.</summary>
public static class BinomialTest
{
    /// <returns>P(at least <paramref name="successes"/> heads in <paramref name="trials"/> tosses).</returns>
    public static double ChanceOfAtLeast(int successes, int trials)
    {
        var probability = 0.0;
        var logChoose = 0.0;
        for (var k = 0; k <= trials; k++)
        {
            if (k > 0) logChoose += Math.Log(trials - k + 1) - Math.Log(k);
            if (k >= successes) probability += Math.Exp(logChoose - trials * Math.Log(2));
        }
        return Math.Min(1, probability);
    }
}
