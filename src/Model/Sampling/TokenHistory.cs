using ChatLoop.Contracts.Generation;

namespace ChatLoop.Model.Sampling;

/// <summary>The tokens of a prompt and of the answer so far, as penalties look back at them. Not thread-safe.</summary>
public sealed class TokenHistory(IEnumerable<int> prompt)
{
    private readonly HashSet<int> _seen = [.. prompt];
    private readonly Dictionary<int, int> _generated = [];

    /// <summary>Each token of prompt and answer, once.</summary>
    public IReadOnlySet<int> Seen => _seen;

    /// <summary>How often the answer holds each of its tokens.</summary>
    public IReadOnlyDictionary<int, int> Generated => _generated;

    /// <summary>Whether a token's distribution depends on which tokens came before, beyond what the model makes of them.</summary>
    public static bool IsNeeded(SamplingParameters parameters) =>
        parameters is not { RepetitionPenalty: 1, PresencePenalty: 0, FrequencyPenalty: 0 };

    /// <summary>The history that sampling an answer needs; null when it needs none.</summary>
    public static TokenHistory? For(SamplingParameters parameters, IEnumerable<int> prompt) => IsNeeded(parameters) ? new(prompt) : null;

    /// <summary>The answer's next token.</summary>
    public void Append(int token)
    {
        _seen.Add(token);
        _generated[token] = _generated.GetValueOrDefault(token) + 1;
    }
}
