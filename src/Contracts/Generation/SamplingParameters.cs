namespace ChatLoop.Contracts.Generation;

/// <summary>
/// How the next token is drawn. Log-probabilities are always reported at this temperature and under this truncation, because
/// a trainer that used another distribution would have biased ratios.
/// </summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.SamplingParameters")]
public sealed record SamplingParameters
{
    /// <summary>0 is greedy; otherwise 0.01 to 5. Logits are divided by it.</summary>
    [Id(0)] public double Temperature { get; init; } = 1.0;
    /// <summary>Nucleus mass in (0, 1]; 1 keeps every token.</summary>
    [Id(1)] public double TopP { get; init; } = 1.0;
    /// <summary>Keeps the k most likely tokens; 0 keeps every token.</summary>
    [Id(2)] public int TopK { get; init; }
    /// <summary>Same seed, same prompt, same weights: same text. Null draws one and records it.</summary>
    [Id(3)] public long? Seed { get; init; }
    /// <summary>At most this many new tokens.</summary>
    [Id(4)] public int MaxTokens { get; init; } = 160;
    /// <summary>The answer ends before the first of these strings.</summary>
    [Id(5)] public IReadOnlyList<string> Stop { get; init; } = [];
}
