using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Trainer.Feedback;

/// <summary>
/// Puts judgements into tokens. A judgement of an answer without an end of turn is left out: the reward model scores whole answers
/// only, at their last token. So is one that does not fit the context window.
/// </summary>
/// <param name="maxTokens">Of prompt and answer together; the oldest turns are dropped to fit.</param>
public sealed class FeedbackTokens(ChatTemplate template, int maxTokens)
{
    public IReadOnlyList<Judgement> Of(IEnumerable<PreferencePair> pairs) =>
    [
        .. from pair in pairs
           let first = Answer(pair.Prompt, pair.First)
           let second = Answer(pair.Prompt, pair.Second)
           where first is not null && second is not null
           select new Judgement(pair.RaterId, first, second, pair.FirstPreferred),
    ];

    public IReadOnlyList<Judgement> Of(IEnumerable<ThumbExample> thumbs) =>
    [
        .. from thumb in thumbs
           let answer = Answer(thumb.Prompt, thumb.Answer)
           where answer is not null
           select new Judgement(thumb.RaterId, answer, null, thumb.Up ? 1 : 0),
    ];

    /// <summary>A prompt with room for an answer; null when its last message alone leaves none.</summary>
    public IReadOnlyList<int>? Prompt(IReadOnlyList<PromptMessage> messages, int answerTokens)
    {
        try
        {
            return template.Prompt(messages, maxTokens - answerTokens);
        }
        catch (ChatLoopException tooLarge) when (tooLarge.Code == ErrorCode.TooLarge)
        {
            return null;
        }
    }

    /// <summary>A question and a whole answer in words; null when they do not fit.</summary>
    public TokenizedAnswer? Answer(IReadOnlyList<PromptMessage> prompt, string text) =>
        Answer(prompt, template.Answer(text));

    private TokenizedAnswer? Answer(IReadOnlyList<PromptMessage> prompt, RatedAnswer answer)
    {
        // Answers that came without tokens (imported ones) are whole unless something cut them.
        if (answer.Tokens.Count == 0)
            return answer is { Text.Length: > 0, Finish: null or FinishReason.EndOfTurn } ? Answer(prompt, answer.Text) : null;
        return template.EndIds.Contains(answer.Tokens[^1]) ? Answer(prompt, answer.Tokens) : null;
    }

    private TokenizedAnswer? Answer(IReadOnlyList<PromptMessage> prompt, IReadOnlyList<int> answer) =>
        Prompt(prompt, answer.Count) is { } tokens ? new(tokens, answer) : null;
}
