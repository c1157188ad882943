using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Learning;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// What a reward model is worth. Unseen: scored by a model that had not seen the prompt. Where raters form two camps, it is measured
/// on all but those of the camp that it does not follow, and <see cref="Camps"/> tells each.
/// </summary>
public sealed record RewardModelQuality
{
    /// <summary>Weighted mean over the training judgements in the last epoch.</summary>
    public double TrainingLoss { get; init; }
    public required double TrainingAccuracy { get; init; }
    /// <summary>Over <see cref="HeldOutPairs"/> decided unseen pairs and rankings; NaN without any.</summary>
    public required double HeldOutAccuracy { get; init; }
    public required int HeldOutPairs { get; init; }
    /// <summary>Pearson correlation of scores and answer lengths, over all rated answers.</summary>
    public required double LengthCorrelation { get; init; }
    /// <summary>Whether the part of the scores that follows length was taken out (<see cref="Rewards.LengthCorrection"/>).</summary>
    public bool LengthCorrected { get; init; }
    /// <summary>Raters of a reliability under a half: most of what they say is as good as coin flips (<see cref="RaterReliability"/>).</summary>
    public int DoubtedRaters { get; init; }
    /// <summary>Null when its raters do not contradict each other as groups.</summary>
    public RaterCamps? Camps { get; init; }
    /// <summary>Null without comparisons.</summary>
    public RaterInfluence? Influence { get; init; }
    /// <summary>Of the unseen judgements.</summary>
    public required IReadOnlyList<KindAccuracy> ByKind { get; init; }
    /// <summary>Of the unseen pairs and rankings.</summary>
    public required IReadOnlyList<ReliabilityBin> Calibration { get; init; }

    /// <summary>Curve points; what is not a number is left out.</summary>
    public IReadOnlyList<MetricPoint> Points(int step) =>
    [
        .. new (string Name, double Value)[]
        {
            ("reward_model/accuracy", HeldOutAccuracy), ("reward_model/calibration_error", Rewards.Calibration.Error(Calibration)),
            ("reward_model/length_correlation", LengthCorrelation), ("reward_model/length_corrected", LengthCorrected ? 1 : 0),
            ("reward_model/doubted_raters", DoubtedRaters), ("reward_model/majority", Camps?.Majority ?? 1),
            ("reward_model/largest_share", Influence?.LargestShare ?? double.NaN),
        }.Concat(ByKind.Select(k => ($"reward_model/accuracy_{Enum.GetName(k.Kind)!.ToLowerInvariant()}", k.Accuracy)))
            .Where(p => double.IsFinite(p.Item2)).Select(p => new MetricPoint(p.Item1, step, p.Item2)),
    ];
}
