using ChatLoop.Contracts.Generation;

namespace ChatLoop.Model.Sampling;

/// <summary>
/// What bias and penalties make of a model's logits, before temperature and cuts, in the order of Hugging Face transformers: bias,
/// repetition penalty (Keskar et al. 2019, section 4.1), then OpenAI's presence and frequency penalties.
/// </summary>
internal static class LogitAdjustment
{
    public static bool IsNeeded(SamplingParameters parameters) => TokenHistory.IsNeeded(parameters) || parameters.LogitBias.Count > 0;

    /// <param name="logits">Of the whole vocabulary; changed in place.</param>
    /// <exception cref="ArgumentException">The parameters look back, and there is no history.</exception>
    public static void Apply(Span<float> logits, SamplingParameters parameters, TokenHistory? history)
    {
        foreach (var (token, bias) in parameters.LogitBias) logits[token] += (float)bias;
        if (!TokenHistory.IsNeeded(parameters)) return;
        if (history is null) throw new ArgumentException("Penalties need the tokens of prompt and answer.", nameof(history));
        if (parameters.RepetitionPenalty != 1)
        {
            foreach (var token in history.Seen) logits[token] = Repeated(logits[token], (float)parameters.RepetitionPenalty);
        }
        foreach (var (token, count) in history.Generated)
            logits[token] -= (float)(parameters.PresencePenalty + count * parameters.FrequencyPenalty);
    }

    private static float Repeated(float logit, float penalty) => logit < 0 ? logit * penalty : logit / penalty;
}
