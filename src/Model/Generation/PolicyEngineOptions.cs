using ChatLoop.Model.Kernels;
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

    /// <summary>
    /// Memory for keys and values of all answers together, in MiB. Conversations take of it as they grow; an answer whose whole length does
    /// not fit waits until others have ended. It bounds the context where <see cref="ContextTokens"/> does not.
    /// </summary>
    public int CacheMegabytes { get; init; } = 2048;

    /// <summary>
    /// Prompt tokens that one step runs at most. While others decode it runs fewer, so that their tokens do not falter.
    /// </summary>
    public int PrefillTokens { get; init; } = 256;

    /// <summary>Threads that compute a step. A small model is fastest with one.</summary>
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>
    /// Keeps weights that are stored in 16 bits so: half the memory, and faster steps where memory
    /// is what bounds them.
    /// </summary>
    public bool KeepStoredWeights { get; init; }

    /// <summary>Tokens of one conversation with this model. At least 256 whatever the memory, if the model has as many.</summary>
    internal int ContextOf(TransformerConfig config)
    {
        if (ContextTokens is { } chosen) return Math.Min(config.MaxPositions, chosen);
        return (int)Math.Min(config.MaxPositions, Math.Max(AffordableBlocks(config) * PagedKeyValueCache.BlockTokens, 256));
    }

    /// <summary>
    /// Blocks of the cache: all that running answers can take and as many again for what is remembered, if the memory allows; at least
    /// one conversation's.
    /// </summary>
    internal int CacheBlocksOf(TransformerConfig config)
    {
        var one = PagedKeyValueCache.BlocksFor(ContextOf(config));
        return (int)Math.Max(one, Math.Min(2L * MaxConcurrent * one, AffordableBlocks(config)));
    }

    private long AffordableBlocks(TransformerConfig config) => CacheMegabytes * (1L << 20) / PagedKeyValueCache.BytesOfBlock(config);

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
