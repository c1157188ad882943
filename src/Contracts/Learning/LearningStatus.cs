using System.Globalization;
using ChatLoop.Contracts.Feedback;

namespace ChatLoop.Contracts.Learning;

/// <summary>The steps of one turn of the loop, in order. The canary's trial is left out where the settings ask for none.</summary>
public enum LearningPhase { Collecting, RewardModel, Rollouts, PolicyUpdate, Gate, Publishing, Canary }

/// <summary>One point of a training curve. Names are TRL's where TRL has one (objective/kl, policy/entropy_avg, loss/policy_avg …).</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.MetricPoint")]
public sealed record MetricPoint(
    [property: Id(0)] string Name,
    [property: Id(1)] int Step,
    [property: Id(2)] double Value);

/// <summary>What must have been collected before the next run starts.</summary>
/// <param name="NewPairs">Pairs that no batch has held.</param>
/// <param name="DecidedPairs">Verdicts and rankings, new or old, that chose a better answer: fewer could not show that a reward model is right.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.RunThreshold")]
public sealed record RunThreshold(
    [property: Id(0)] int NewPairs,
    [property: Id(1)] int DecidedPairs)
{
    public bool IsMetBy(FeedbackCounts collected) => collected.NewPairs >= NewPairs && collected.DecidedPairs >= DecidedPairs;

    /// <summary>How far the collection is, in one line for people.</summary>
    public string Describe(FeedbackCounts collected) => collected.NewPairs >= NewPairs && collected.DecidedPairs < DecidedPairs
        ? string.Create(CultureInfo.InvariantCulture, $"{collected.DecidedPairs} of the {DecidedPairs} comparisons with a side chosen that the next run needs; ties and corrections are none.")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Min(collected.NewPairs, NewPairs)} of {NewPairs} new pairs for the next run.");
}

/// <param name="RunId">Null before the first.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.TrainingRun")]
public sealed record TrainingRun([property: Id(0)] string? RunId, [property: Id(1)] bool IsUnderWay);

/// <summary>What a trainer is doing.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.TrainerStatus")]
public sealed record TrainerStatus
{
    [Id(0)] public LearningPhase Phase { get; init; }
    /// <summary>Of the whole run, 0 to 1.</summary>
    [Id(1)] public double Progress { get; init; }
    /// <summary>One line for people: "PPO iteration 3 of 12".</summary>
    [Id(2)] public string Detail { get; init; } = "";
    /// <summary>Null while collecting.</summary>
    [Id(3)] public string? RunId { get; init; }
    [Id(4)] public DateTimeOffset? StartedAt { get; init; }
    /// <summary>Curves of the current or, while collecting, the last run.</summary>
    [Id(5)] public IReadOnlyList<MetricPoint> Curves { get; init; } = [];
    /// <summary>How the last run ended: "v3 is live", "v4 was stopped by the gate: kl 18.2 > 15".</summary>
    [Id(6)] public string? LastOutcome { get; init; }
}

/// <summary>All that the learning page shows.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.LearningSnapshot")]
public sealed record LearningSnapshot
{
    [Id(0)] public required FeedbackCounts Feedback { get; init; }
    [Id(1)] public required RunThreshold NextRun { get; init; }
    [Id(2)] public required TrainerStatus Trainer { get; init; }
    [Id(3)] public required IReadOnlyList<Checkpoints.CheckpointRecord> Checkpoints { get; init; }
    [Id(4)] public required IReadOnlyList<Checkpoints.RegistryDecision> Decisions { get; init; }
    /// <summary>How long judgements took to show in answers.</summary>
    [Id(5)] public FeedbackLatency Latency { get; init; } = new(ToLive: null, ToAnswer: null);
    /// <summary>The trial under way, if any.</summary>
    [Id(6)] public Checkpoints.CanaryStatus? Canary { get; init; }
    [Id(7)] public Checkpoints.VersionPin? Pin { get; init; }
    /// <summary>Which versions learned from what was withdrawn.</summary>
    [Id(20)] public Forgetting.ForgettingStatus Forgetting { get; init; } = new();
}
