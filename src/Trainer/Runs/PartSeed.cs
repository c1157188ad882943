using ChatLoop.Model.Sampling;

namespace ChatLoop.Trainer.Runs;

/// <summary>What a part of a step draws.</summary>
internal enum RandomUse { PromptRound, Beginning, Sampling, Update }

/// <summary>
/// Seeds of a step's parts, each made from the step's seed and the part's place alone: no random state has to be kept for a step to
/// go on in its middle.
/// </summary>
internal static class PartSeed
{
    private static readonly int Uses = Enum.GetValues<RandomUse>().Length;

    /// <param name="number">Which round or iteration; counted from 0.</param>
    public static long Of(long seed, RandomUse use, long number) =>
        unchecked((long)new SeededRandom((long)new SeededRandom(seed).NextUInt64() + number * Uses + (int)use).NextUInt64());

    public static Random Random(long seed, RandomUse use, long number) => new((int)(Of(seed, use, number) & int.MaxValue));
}
