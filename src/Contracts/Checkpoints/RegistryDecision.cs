namespace ChatLoop.Contracts.Checkpoints;

public enum RegistryAction
{
    /// <summary>The version came to another stage.</summary>
    Move,
    /// <summary>The version stays live until it is unpinned.</summary>
    Pin,
    Unpin,
}

/// <summary>An entry of the audit trail: every move of a version, kept for ever.</summary>
/// <param name="Stage">That the version has since.</param>
/// <param name="By">A user's id, or one of <see cref="DecisionMaker"/>; empty in entries of before that was noted.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.RegistryDecision")]
public sealed record RegistryDecision(
    [property: Id(0)] DateTimeOffset At,
    [property: Id(1)] int Version,
    [property: Id(2)] CheckpointStage Stage,
    [property: Id(3)] string Reason,
    [property: Id(4)] string By = "",
    [property: Id(5)] RegistryAction Action = RegistryAction.Move);

/// <summary>What decides without a person. No user's id is one of these: they are GUIDs.</summary>
public static class DecisionMaker
{
    /// <summary>The first start of the service.</summary>
    public const string Start = "start";
    public const string Gate = "gate";
    /// <summary>The sequential test of votes, or the time that it has.</summary>
    public const string Canary = "canary";
    /// <summary>A serving silo that found a checkpoint damaged.</summary>
    public const string Silo = "silo";
    /// <summary>What the live version learned was withdrawn.</summary>
    public const string Forgetting = "forgetting";
}

/// <summary>Keeps a version live: no run starts, and whatever passes the gate is held.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.VersionPin")]
public sealed record VersionPin(
    [property: Id(0)] int Version,
    [property: Id(1)] DateTimeOffset At,
    [property: Id(2)] string Reason,
    [property: Id(3)] string By);
