namespace ChatLoop.Model.Generation;

/// <summary>How much an engine takes on at once.</summary>
public sealed record PolicyEngineOptions
{
    /// <summary>Answers that decode together.</summary>
    public int MaxConcurrent { get; init; } = 16;

    /// <summary>Answers that wait for a place; one more is refused as Busy.</summary>
    public int QueueLimit { get; init; } = 256;

    /// <summary>Tokens of one conversation, answer included; the model's context window where that is smaller, or where this is null.</summary>
    public int? ContextTokens { get; init; }

    /// <summary>Prompt tokens that one step runs beside decoding: more serve new answers sooner, fewer keep running ones smoother.</summary>
    public int PrefillTokens { get; init; } = 256;

    /// <summary>Threads of one tensor operation. A small model is fastest with one.</summary>
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>
    /// Keeps weights that are stored in 16 bits so: half the memory and the same answers, but slower steps than with Float32.
    /// </summary>
    public bool KeepStoredWeights { get; init; }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConcurrent, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PrefillTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(IntraOpThreads, 1);
        if (ContextTokens is { } tokens) ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 16);
    }
}
