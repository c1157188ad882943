namespace ChatLoop.Grains.Learning;

/// <summary>
/// When a person asks for another answer to compare, several are sampled and the one is offered that the reward model's heads disagree
/// about most (docs/adr/0016). Section "Learning:ActivePairs".
/// </summary>
public sealed record ActivePairsOptions
{
    /// <summary>Answers to choose from; 1 offers what was sampled.</summary>
    public int Candidates { get; init; } = 4;

    /// <summary>Share of the comparisons that are offered as sampled all the same. So are all on held-out prompts.</summary>
    public double ExploreShare { get; init; } = 0.25;

    /// <summary>After this time the first of them is shown, chosen or not.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(3);
}
