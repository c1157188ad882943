using System.Globalization;
using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Decoding;
using ChatLoop.Model.Kernels;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Generation;

/// <summary>How much an engine takes on at once (section "Engine" of the configuration).</summary>
public sealed record PolicyEngineOptions
{
    public const string Section = "Engine";

    /// <summary>Answers that decode together.</summary>
    public int MaxConcurrent { get; init; } = 16;

    /// <summary>Answers that wait for a place; one more is refused as Busy.</summary>
    public int QueueLimit { get; init; } = 256;

    /// <summary>So long answers wait for the first checkpoint to be loaded; then they are refused as Busy.</summary>
    public TimeSpan LoadPatience { get; init; } = TimeSpan.FromMinutes(1);

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

    /// <summary>
    /// Threads that compute a step. When null: one for a model that the processor's caches hold, which is fastest with it and leaves the
    /// other cores to the rest of the server; else one for each core, up to eight.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Keeps weights that are stored in 16 bits so: half the memory and the same answers. When null: for models that the processor's caches do
    /// not hold, whose steps take as long as reading them; smaller ones are faster with Float32.
    /// </summary>
    public bool? KeepStoredWeights { get; init; }

    /// <summary>
    /// Int8 makes steps faster and the memory that they read smaller; the answers are those of a policy that is near the checkpoint's but not it,
    /// and learning corrects for the difference.
    /// </summary>
    public DecodingPrecision Precision { get; init; }

    internal DecodingOptions DecodingOf(LoadedCheckpoint checkpoint) =>
        new(ThreadsFor(checkpoint.Manifest.WeightBytes), CacheBlocksOf(checkpoint.Transformer.Config), Precision);

    /// <param name="weightBytes">As stored.</param>
    internal int ThreadsFor(long weightBytes) => Threads ?? (FitsCaches(weightBytes) ? 1 : Math.Min(Environment.ProcessorCount, 8));

    /// <param name="weightBytes">As stored.</param>
    internal bool KeepsStored(long weightBytes) => KeepStoredWeights ?? !FitsCaches(weightBytes);

    private static bool FitsCaches(long weightBytes) => weightBytes <= 32L << 20;

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

    /// <exception cref="ChatLoopException">Invalid: names the first setting that is out of range.</exception>
    public void Check()
    {
        Require(MaxConcurrent is >= 1 and <= 4096, nameof(MaxConcurrent), MaxConcurrent, "1 to 4096");
        Require(QueueLimit is >= 1 and <= 1_000_000, nameof(QueueLimit), QueueLimit, "1 to 1000000");
        Require(LoadPatience == Timeout.InfiniteTimeSpan || (LoadPatience >= TimeSpan.Zero && LoadPatience <= TimeSpan.FromHours(1)),
            nameof(LoadPatience), LoadPatience, "0 to 1 hour, or -00:00:00.001 for ever");
        Require(PrefillTokens is >= 1 and <= 1_000_000, nameof(PrefillTokens), PrefillTokens, "1 to 1000000");
        Require(Threads is null or (>= 1 and <= 1024), nameof(Threads), Threads, "1 to 1024");
        Require(CacheMegabytes is >= 1 and <= 16_777_216, nameof(CacheMegabytes), CacheMegabytes, "1 to 16777216");
        Require(Enum.IsDefined(Precision), nameof(Precision), Precision, "AsStored or Int8");
        Require(ContextTokens is null or >= 16, nameof(ContextTokens), ContextTokens, "at least 16");
    }

    private static void Require(bool holds, string name, object? value, string rule)
    {
        if (!holds) throw ChatLoopException.Invalid(string.Create(CultureInfo.InvariantCulture, $"{Section}:{name} is {value}: it must be {rule}."));
    }
}
