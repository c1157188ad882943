using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Rollouts;

/// <summary>
/// Hands out prompts in shuffled rounds, so that each is used before any is used again. What is handed out at a place depends on seed
/// and place alone.
/// </summary>
public sealed class PromptDraw(IReadOnlyList<IReadOnlyList<int>> prompts, long seed)
{
    /// <param name="place">How many were handed out before.</param>
    public IReadOnlyList<IReadOnlyList<int>> Take(long place, int count)
    {
        var taken = new List<IReadOnlyList<int>>(count);
        while (taken.Count < count)
        {
            var (round, start) = Math.DivRem(place + taken.Count, prompts.Count);
            taken.AddRange(Round(round).Skip((int)start).Take(count - taken.Count));
        }
        return taken;
    }

    private IReadOnlyList<int>[] Round(long round)
    {
        IReadOnlyList<int>[] shuffled = [.. prompts];
        PartSeed.Random(seed, RandomUse.PromptRound, round).Shuffle(shuffled);
        return shuffled;
    }
}
