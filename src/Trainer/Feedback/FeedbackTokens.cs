using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Tokenizers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Feedback;

/// <summary>
/// Puts judgements into tokens. A judgement of an answer without an end of turn is left out: the reward model scores whole answers
/// only, at their last token.
/// </summary>
/// <param name="maxTokens">Of prompt and answer together; the oldest turns are dropped to fit.</param>
public sealed class FeedbackTokens(ByteLevelBpeTokenizer tokenizer, ChatTemplate template, int maxTokens)
{
    public IReadOnlyList<Judgement> Of(IEnumerable<PreferencePair> pairs) =>
        [.. pairs.Where(p => IsWhole(p.First) && IsWhole(p.Second)).Select(p =>
            new Judgement(p.RaterId, Tokenize(p.Prompt, p.First), Tokenize(p.Prompt, p.Second), p.FirstPreferred))];

    public IReadOnlyList<Judgement> Of(IEnumerable<ThumbExample> thumbs) =>
        [.. thumbs.Where(t => IsWhole(t.Answer)).Select(t => new Judgement(t.RaterId, Tokenize(t.Prompt, t.Answer), null, t.Up ? 1 : 0))];

    /// <summary>A prompt with room for an answer of <paramref name="maxAnswerTokens"/>.</summary>
    public IReadOnlyList<int> Prompt(IReadOnlyList<PromptMessage> messages, int maxAnswerTokens) =>
        template.Prompt(messages, Math.Max(1, maxTokens - maxAnswerTokens));

    /// <summary>A question and a whole answer in words.</summary>
    public TokenizedAnswer Answer(IReadOnlyList<PromptMessage> prompt, string text)
    {
        IReadOnlyList<int> answer = [.. tokenizer.Encode(text), template.EndOfTurn];
        return new(Prompt(prompt, answer.Count), answer);
    }

    private TokenizedAnswer Tokenize(IReadOnlyList<PromptMessage> prompt, RatedAnswer answer) => answer.Tokens.Count > 0
        ? new(Prompt(prompt, answer.Tokens.Count), answer.Tokens)
        : Answer(prompt, answer.Text);

    /// <summary>Answers that came without tokens (imported ones) are whole unless something cut them.</summary>
    private bool IsWhole(RatedAnswer answer) => answer.Tokens.Count > 0
        ? answer.Tokens[^1] == template.EndOfTurn
        : answer.Text.Length > 0 && answer.Finish is null or FinishReason.EndOfTurn;
}
