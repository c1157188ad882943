namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// How often each head of an ensemble learns from each judgement (Breiman 1996; Osband et al. 2016). Each head's counts are a
/// bootstrap's, near Poisson(1); a judgement's counts add up to the number of heads, so that every one of the few judgements counts
/// in full for the ensemble's mean.
/// </summary>
public static class Bootstrap
{
    /// <returns>One row per judgement: its count for each head.</returns>
    public static IReadOnlyList<int[]> Draw(int judgements, int heads, Random random)
    {
        var counts = new int[judgements][];
        for (var i = 0; i < judgements; i++)
        {
            counts[i] = new int[heads];
            for (var k = 0; k < heads; k++) counts[i][random.Next(heads)]++;
        }
        return counts;
    }
}
