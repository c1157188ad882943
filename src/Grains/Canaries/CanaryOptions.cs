using ChatLoop.Trainer.Statistics;

namespace ChatLoop.Grains.Canaries;

/// <summary>
/// How a version that passed the gate is tried on people before it goes live (docs/adr/0032). Section "Learning:Canary".
/// </summary>
public sealed record CanaryOptions
{
    /// <summary>Of the conversations, that the version on trial answers in; 0: what passes the gate goes live at once.</summary>
    public double Share { get; init; }

    /// <summary>A version that wins so much less than half of the votes is worse.</summary>
    public double Margin { get; init; } = 0.1;

    /// <summary>How often a version that is worse by the margin may go live all the same.</summary>
    public double FalsePromotions { get; init; } = 0.05;

    /// <summary>How often one that is as good as the live one may be stopped.</summary>
    public double FalseStops { get; init; } = 0.05;

    /// <summary>The first so many of each person count.</summary>
    public int VotesPerPerson { get; init; } = 10;

    /// <summary>A trial that votes have not decided by then is stopped.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromDays(3);

    /// <summary>Of "as good" against "worse by the margin".</summary>
    public SequentialProbabilityRatio Test => new(0.5, 0.5 - Margin, FalsePromotions, FalseStops);
}
