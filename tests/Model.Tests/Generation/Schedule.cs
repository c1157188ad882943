using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Tests.Tokenizers;

namespace ChatLoop.Model.Tests.Generation;

/// <summary>One answer of a schedule.</summary>
/// <param name="Step">It comes before this step, and is admitted once there is a place.</param>
/// <param name="RemovedAfter">Steps after its admission; null where it may end.</param>
internal sealed record Arrival(int Step, IReadOnlyList<int> Prompt, SamplingParameters Sampling, long Seed, int Alternatives, int? RemovedAfter);

/// <summary>A random load on a batch: who comes when with what, who leaves early, and when weights are swapped. All of it follows from the seed.</summary>
/// <param name="SwapEvery">A swap comes before a step with this probability.</param>
internal sealed record Schedule(int Slots, int PrefillTokens, double SwapEvery, IReadOnlyList<Arrival> Arrivals)
{
    /// <summary>Tokens of one sequence, prompt included.</summary>
    public const int Capacity = 48;

    public static Schedule Of(Random random)
    {
        var shared = Letters(random, Capacity);
        Arrival[] arrivals = [.. Enumerable.Range(0, random.Next(2, 13)).Select(_ => ArrivalOf(random, shared)).OrderBy(a => a.Step)];
        return new(random.Next(1, 7), Pick(random, 1, 3, 8, 16, int.MaxValue), Pick(random, 0, 0.1, 0.5, 1.0), arrivals);
    }

    private static Arrival ArrivalOf(Random random, IReadOnlyList<int> shared) => new(random.Next(30), PromptOf(random, shared),
        SamplingOf(random), random.NextInt64(), Pick(random, 0, 0, 3), random.Next(4) == 0 ? random.Next(20) : null);

    /// <summary>Of one token, of any length, or leaving room for one to three tokens; half of them begin alike.</summary>
    private static IReadOnlyList<int> PromptOf(Random random, IReadOnlyList<int> shared)
    {
        var length = random.Next(4) switch
        {
            0 => 1,
            1 => random.Next(Capacity - 3, Capacity),
            _ => random.Next(2, Capacity - 10),
        };
        var alike = random.Next(2) * random.Next(length + 1);
        return [.. shared.Take(alike), .. Letters(random, length - alike)];
    }

    private static SamplingParameters SamplingOf(Random random) => new()
    {
        MaxTokens = random.Next(1, 25),
        Temperature = Pick(random, 0, 0.4, 0.8, 1.0, 1.5),
        TopP = Pick(random, 1.0, 1.0, 0.7, 0.95),
        TopK = Pick(random, 0, 0, 1, 5),
        MinP = Pick(random, 0, 0, 0.2),
        RepetitionPenalty = Pick(random, 1.0, 1.0, 0.8, 1.3),
        PresencePenalty = Pick(random, 0, 0, 0.6),
        FrequencyPenalty = Pick(random, 0, 0, -0.3, 0.5),
        LogitBias = random.Next(4) == 0 ? new Dictionary<int, double> { [Letter(random)] = 3, [Letter(random)] = -100 } : [],
    };

    private static List<int> Letters(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => Letter(random))];

    private static int Letter(Random random) => TinyTokenizer.FirstByte + 'a' + random.Next(26);

    private static T Pick<T>(Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];
}
