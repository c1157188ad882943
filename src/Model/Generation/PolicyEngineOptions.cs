using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Generation;

/// <summary>How much an engine takes on at once.</summary>
public sealed record PolicyEngineOptions
{
    /// <summary>Answers that decode together.</summary>
    public int MaxConcurrent { get; init; } = 16;

    /// <summary>Answers that wait for a place; one more is refused as Busy.</summary>
    public int QueueLimit { get; init; } = 256;

    /// <summary>
    /// Tokens of one conversation, answer included; the model's context window where that is smaller. When null: as many as
    /// <see cref="CacheMegabytes"/> holds.
    /// </summary>
    public int? ContextTokens { get; init; }

    /// <summary>Memory for keys and values of all answers together, in MiB; it bounds the context where <see cref="ContextTokens"/> does not.</summary>
    public int CacheMegabytes { get; init; } = 2048;

    /// <summary>Prompt tokens that one step runs beside decoding: more serve new answers sooner, fewer keep running ones smoother.</summary>
    public int PrefillTokens { get; init; } = 256;

    /// <summary>Threads of one tensor operation. A small model is fastest with one.</summary>
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>
    /// Keeps weights that are stored in 16 bits so: half the memory and the same answers, but slower steps than with Float32.
    /// </summary>
    public bool KeepStoredWeights { get; init; }

    /// <summary>Tokens of one conversation with this model. At least 256 whatever the memory, if the model has as many.</summary>
    internal int ContextOf(TransformerConfig config)
    {
        if (ContextTokens is { } chosen) return Math.Min(config.MaxPositions, chosen);
        // One sequence more than decode together: the prompt that is being run.
        var fitting = CacheMegabytes * (1L << 20) / (KeyValueCache.BytesOfToken(config) * (MaxConcurrent + 1));
        return (int)Math.Min(config.MaxPositions, Math.Max(fitting, 256));
    }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConcurrent, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PrefillTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(IntraOpThreads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CacheMegabytes, 1);
        if (ContextTokens is { } tokens) ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 16);
    }
}
