namespace ChatLoop.Trainer.Rollouts;

/// <summary>A prompt, up to the assistant's header, and the tokens of one answer to it.</summary>
/// <param name="Prompt">At least one token.</param>
/// <param name="Answer">At least one token; the end of turn is the last one when the answer was finished.</param>
public sealed record TokenizedAnswer(IReadOnlyList<int> Prompt, IReadOnlyList<int> Answer)
{
    /// <summary>Tokens of prompt and answer.</summary>
    public int Length => Prompt.Count + Answer.Count;

    /// <summary>Whether the model ended the answer by itself. Answers that were cut are never scored as whole ones.</summary>
    public bool IsFinished(IReadOnlyCollection<int> endIds) => endIds.Contains(Answer[^1]);
}

/// <summary>An answer that was sampled for training.</summary>
/// <param name="LogProbabilities">One per answer token, under the policy that sampled it at temperature 1, in nats.</param>
public sealed record Rollout(TokenizedAnswer Tokens, IReadOnlyList<float> LogProbabilities);
