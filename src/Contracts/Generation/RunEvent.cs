namespace ChatLoop.Contracts.Generation;

public enum RunEventKind
{
    /// <summary>All text so far: what a reader gets first when it asks from before the log's start.</summary>
    Snapshot,
    /// <summary>Text to append.</summary>
    Delta,
    /// <summary>From here on tokens come from <see cref="RunEvent.Version"/>.</summary>
    Version,
    /// <summary>The answer is whole and stored.</summary>
    Done,
    /// <summary>The run failed; the text says what to do.</summary>
    Error,
}

public enum FinishReason
{
    /// <summary>The model ended its answer.</summary>
    EndOfTurn,
    /// <summary>A stop string was reached.</summary>
    StopString,
    /// <summary>MaxTokens or the context window was reached.</summary>
    Length,
    /// <summary>The user stopped it.</summary>
    Stopped,
    /// <summary>The process died while the answer was being written; what had been stored is kept.</summary>
    Interrupted,
    /// <summary>An error ended it.</summary>
    Failed,
}

/// <summary>One entry of a run's numbered log. A reader that saw Seq n resumes with fromSeq n + 1 and misses nothing.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.RunEvent")]
public sealed record RunEvent
{
    /// <summary>1, 2, 3 … without gaps within a run. A snapshot carries the last number that it contains.</summary>
    [Id(0)] public required int Seq { get; init; }
    [Id(1)] public required RunEventKind Kind { get; init; }
    [Id(2)] public string Text { get; init; } = "";
    /// <summary>The policy checkpoint's version, where the kind is Version, Snapshot or Done.</summary>
    [Id(3)] public int? Version { get; init; }
    [Id(4)] public FinishReason? Finish { get; init; }
    /// <summary>Tokens generated so far.</summary>
    [Id(5)] public int TokenCount { get; init; }
}
