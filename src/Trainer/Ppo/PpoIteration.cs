using System.Text.Json.Serialization;
using ChatLoop.Contracts.Learning;

namespace ChatLoop.Trainer.Ppo;

/// <summary>What one iteration saw and did. Padding is in none of the numbers.</summary>
public sealed record PpoIteration
{
    /// <summary>Counted from 1.</summary>
    public required int Number { get; init; }
    /// <summary>Mean score per answer.</summary>
    public required double Score { get; init; }
    /// <summary>Mean KL to the reference per answer, in nats.</summary>
    public required double SequenceKl { get; init; }
    /// <summary>Mean of minus the log-probability per answer, in nats (TRL's objective/entropy).</summary>
    public required double SequenceEntropy { get; init; }
    /// <summary>Mean entropy per token, in nats.</summary>
    public required double TokenEntropy { get; init; }
    /// <summary>Share of answers that ended by themselves.</summary>
    public required double Finished { get; init; }
    /// <summary>The coefficient that these rollouts were penalised with.</summary>
    public required double KlCoefficient { get; init; }
    public required PolicyUpdateResult Policy { get; init; }
    /// <summary>Null without a critic.</summary>
    public ValueUpdateResult? Value { get; init; }

    /// <summary>A gradient was not finite.</summary>
    [JsonIgnore]
    public bool Diverged => Policy.Diverged || Value is { Diverged: true };

    /// <summary>Curve points under TRL's names.</summary>
    [JsonIgnore]
    public IReadOnlyList<MetricPoint> Points =>
    [
        new("objective/scores", Number, Score),
        new("objective/kl", Number, SequenceKl),
        new("objective/entropy", Number, SequenceEntropy),
        new("policy/entropy_avg", Number, TokenEntropy),
        new("policy/approxkl_avg", Number, Policy.ApproximateKl),
        new("policy/clipfrac_avg", Number, Policy.ClipFraction),
        new("loss/policy_avg", Number, Policy.Loss),
        .. Value is null ? [] : new MetricPoint[] { new("loss/value_avg", Number, Value.Loss) },
        new("val/ratio", Number, Policy.Ratio),
        new("kl_coefficient", Number, KlCoefficient),
        new("finished_answers", Number, Finished),
    ];
}
