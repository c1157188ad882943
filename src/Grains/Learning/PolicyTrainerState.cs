namespace ChatLoop.Grains.Learning;

public enum PolicyTrainerStep
{
    Idle,
    TrainingPolicy,
    Judging,
    Publishing,
    /// <summary>The version is on trial; the end of the trial wakes the trainer.</summary>
    OnTrial,
}

[GenerateSerializer, Immutable, Alias("ChatLoop.PolicyTrainerState")]
public sealed record PolicyTrainerState
{
    [Id(0)] public PolicyTrainerStep Step { get; init; }
    /// <summary>The run under way, or the last one.</summary>
    [Id(1)] public string? RunId { get; init; }
    [Id(2)] public DateTimeOffset? StartedAt { get; init; }
    [Id(3)] public string? LastOutcome { get; init; }
}
