using ChatLoop.Trainer.Runs;

namespace ChatLoop.Gold.Bench;

/// <summary>One figure of the study, a line of the results' file.</summary>
internal sealed record GoldCell
{
    public required PolicyAlgorithm Algorithm { get; init; }
    public required string Gold { get; init; }
    public required int Labels { get; init; }
    public required int Seed { get; init; }
    /// <summary>Share of prompts where the candidate's answer is better than the start's by the gold preference; ties are half.</summary>
    public double WinRate { get; init; }
    /// <summary>Mean gold score, in deviations of the start's answers above their mean.</summary>
    public double Gain { get; init; }
    /// <summary>Of candidate to start, nats per answer.</summary>
    public double Kl { get; init; }
    /// <summary>Of the reward model on held-out labels, noise included.</summary>
    public double Accuracy { get; init; }
    /// <summary>Mean answer length over the start's, in characters.</summary>
    public double Length { get; init; }
    public bool Passed { get; init; }
    /// <summary>Checks of the gate that failed.</summary>
    public string StoppedBy { get; init; } = "";
    public double RewardModelSeconds { get; init; }
    public double PolicySeconds { get; init; }

    public bool IsSameAs(GoldCell other) => (Algorithm, Gold, Labels, Seed) == (other.Algorithm, other.Gold, other.Labels, other.Seed);
}
