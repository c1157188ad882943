namespace ChatLoop.Grains.Learning;

public enum RewardTrainerStep
{
    /// <summary>Waiting for enough new pairs.</summary>
    Collecting,
    /// <summary>Making the batch.</summary>
    Freezing,
    TrainingRewardModel,
    /// <summary>The policy trainer has the run.</summary>
    HandedOver,
}

[GenerateSerializer, Immutable, Alias("ChatLoop.RewardTrainerState")]
public sealed record RewardTrainerState
{
    [Id(0)] public RewardTrainerStep Step { get; init; }
    /// <summary>The run under way, or the last one.</summary>
    [Id(1)] public string? RunId { get; init; }
    [Id(2)] public DateTimeOffset? StartedAt { get; init; }
    /// <summary>How many runs there were.</summary>
    [Id(3)] public int Runs { get; init; }
    /// <summary>The last run brought nothing live: half the pairs start the next.</summary>
    [Id(4)] public bool LastRunLearnedNothing { get; init; }
    [Id(5)] public string? LastOutcome { get; init; }
}
