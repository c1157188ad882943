using System.Collections.Immutable;

namespace ChatLoop.Contracts.Generation;

/// <summary>
/// How the next token is drawn: the model's logits, biased, penalised, held to a constraint, divided by the temperature, then cut by top-k, top-p and min-p in
/// this order (that of Hugging Face transformers). Log-probabilities are always those of the distribution that the token was drawn from,
/// with all of that in it, because a trainer that used another distribution would have biased ratios.
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
    /// <summary>The answer ends before the first of these strings: the one that is whole first, the longest of those that end together.</summary>
    [Id(5)] public IReadOnlyList<string> Stop { get; init; } = [];
    /// <summary>Keeps the tokens that are at least this share, 0 to 1, as likely as the likeliest (Nguyen et al. 2024); 0 keeps every token.</summary>
    [Id(6)] public double MinP { get; init; }
    /// <summary>
    /// Above 1 makes the tokens of prompt and answer rarer, below 1 likelier; 0.1 to 10. Positive logits are divided by it, negative ones
    /// multiplied (Keskar et al. 2019, as transformers do).
    /// </summary>
    [Id(7)] public double RepetitionPenalty { get; init; } = 1.0;
    /// <summary>Taken off the logit of each token that the answer holds already; -2 to 2, as OpenAI defines it.</summary>
    [Id(8)] public double PresencePenalty { get; init; }
    /// <summary>Taken off a token's logit for each time that the answer holds it already; -2 to 2, as OpenAI defines it.</summary>
    [Id(9)] public double FrequencyPenalty { get; init; }
    /// <summary>Added to the logits of these tokens, by id; -100 to 100. About -100 forbids a token.</summary>
    [Id(10)] public IReadOnlyDictionary<int, double> LogitBias { get; init; } = ImmutableDictionary<int, double>.Empty;
    /// <summary>
    /// The whole answer must match this regular expression (.NET's syntax without lookarounds and backreferences). An answer that MaxTokens
    /// cuts is the beginning of one that does. Null for none.
    /// </summary>
    [Id(11)] public string? Regex { get; init; }
    /// <summary>The whole answer must be JSON of this JSON schema, given as its text; not beside <see cref="Regex"/>. Null for none.</summary>
    [Id(12)] public string? JsonSchema { get; init; }
}
