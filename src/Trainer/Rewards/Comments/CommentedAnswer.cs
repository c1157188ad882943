using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Rewards.Comments;

/// <summary>A comment in tokens.</summary>
/// <param name="Answer">What it is about, as the reward model scores it.</param>
/// <param name="Words">As a message of the user's, up to where the assistant would reply to it. Question and answer are left out
/// (docs/adr/0015): whoever reads the words alone cannot take the answer's looks for what was said of it.</param>
/// <param name="Verdict">The same rater's thumb or rating of the same answer, if there is one.</param>
public sealed record CommentedAnswer(string RaterId, TokenizedAnswer Answer, TokenizedAnswer Words, Judgement? Verdict)
{
    /// <summary>The same for all answers to one prompt.</summary>
    public string PromptKey => string.Join(',', Answer.Prompt);
}
