using ChatLoop.Model.Kernels;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Decoding;

/// <summary>Kernels, their threads and a paged cache whose sequences share what they begin with. Owns all three.</summary>
internal sealed class KernelDecoder : IBatchDecoder
{
    /// <summary>
    /// Prompt tokens that share one reading of the weights: more are no faster, as computing takes longer than reading then.
    /// </summary>
    private const int PromptTokens = 128;

    /// <summary>So many guesses are run for nothing at worst; each has a row of logits.</summary>
    private const int GuessedTokens = 16;

    private readonly ThreadTeam _team;
    private readonly PagedKeyValueCache _cache;
    private CpuDecoder _decoder;

    /// <param name="weights">Owned from then on.</param>
    /// <param name="slots">Sequences that decode together.</param>
    /// <param name="capacity">Tokens of one sequence.</param>
    public KernelDecoder(DecoderWeights weights, int slots, int capacity, DecodingOptions options)
    {
        _team = new ThreadTeam(options.Threads);
        _cache = new PagedKeyValueCache(weights.Config, slots, capacity, options.CacheBlocks);
        _decoder = new CpuDecoder(weights, _team, slots + PromptTokens, slots + GuessedTokens);
    }

    public int MostTokens => _decoder.MostTokens;

    public int MostGuesses => GuessedTokens;

    public bool HasRoomFor(ReadOnlySpan<int> prompt, int tokens) => _cache.HasRoomFor(prompt, tokens);

    public bool WouldShare(ReadOnlySpan<int> prompt, ReadOnlySpan<int> other) => _cache.WouldShare(prompt, other);

    public int Add(ReadOnlySpan<int> prompt, int tokens) => _cache.Add(prompt, tokens);

    public int Length(int slot) => _cache.Length(slot);

    public void Remember(int slot) => _cache.Remember(slot);

    public void Shorten(int slot, int tokens) => _cache.Shorten(slot, tokens);

    public void Remove(int slot) => _cache.Remove(slot);

    public void Step(ReadOnlySpan<StepToken> tokens) => _decoder.Step(tokens, _cache);

    public ReadOnlySpan<float> Logits(int index) => _decoder.Logits(index);

    public void Use(Transformer transformer, DecoderWeights? weights)
    {
        _decoder.Use(weights ?? throw new ArgumentNullException(nameof(weights)));
        _cache.ForgetPrefixes();
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _cache.Dispose();
        _team.Dispose();
    }
}
