using ChatLoop.Model.Kernels;
using ChatLoop.Model.Transformers;
using TorchSharp;

namespace ChatLoop.Model.Decoding;

/// <summary>Kernels, their threads and a paged cache whose sequences share what they begin with. Owns all three, not the weights.</summary>
internal sealed class KernelDecoder : IBatchDecoder
{
    /// <summary>
    /// Prompt tokens that share one reading of the weights: more are no faster, as computing takes longer than reading then.
    /// </summary>
    private const int PromptTokens = 128;

    private readonly ThreadTeam _team;
    private readonly PagedKeyValueCache _cache;
    private CpuDecoder _decoder;

    /// <param name="slots">Sequences that decode together.</param>
    /// <param name="capacity">Tokens of one sequence.</param>
    /// <param name="blocks">Of the cache; when null, so many that every sequence can be full.</param>
    public KernelDecoder(Transformer transformer, int slots, int capacity, int threads, int? blocks)
    {
        _team = new ThreadTeam(threads);
        _cache = new PagedKeyValueCache(transformer.Config, slots, capacity, blocks);
        _decoder = new CpuDecoder(transformer.Weights, _team, slots + PromptTokens, slots);
    }

    public int MostTokens => _decoder.MostTokens;

    /// <summary>An adapter is not computed, and neither are weights that are elsewhere.</summary>
    public static bool Computes(Transformer transformer) =>
        transformer.Adapter is null && transformer.Weights.Embedding.device_type == DeviceType.CPU;

    public bool HasRoomFor(int tokens) => _cache.HasRoomFor(tokens);

    public int Add(ReadOnlySpan<int> prompt, int tokens) => _cache.Add(prompt, tokens);

    public int Length(int slot) => _cache.Length(slot);

    public void Remember(int slot) => _cache.Remember(slot);

    public void Remove(int slot) => _cache.Remove(slot);

    public void Step(ReadOnlySpan<StepToken> tokens) => _decoder.Step(tokens, _cache);

    public ReadOnlySpan<float> Logits(int index) => _decoder.Logits(index);

    public void Use(Transformer transformer)
    {
        var next = new CpuDecoder(transformer.Weights, _team, _decoder.MostTokens, _decoder.MostLogits);
        _decoder.Dispose();
        _decoder = next;
        _cache.ForgetPrefixes();
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _cache.Dispose();
        _team.Dispose();
    }
}
