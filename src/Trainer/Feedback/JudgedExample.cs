using ChatLoop.Contracts.Conversations;

namespace ChatLoop.Trainer.Feedback;

/// <summary>What one judgement tells about answers to one prompt.</summary>
public abstract record JudgedExample(string FeedbackId, string RaterId, IReadOnlyList<PromptMessage> Prompt);

/// <summary>Two answers to one prompt and how a rater ordered them.</summary>
/// <param name="FirstPreferred">Probability that the first is better according to the rater: 1, 0, or 0.5 for a tie.</param>
/// <param name="BothBad">A tie of two answers that the rater would rather not have had.</param>
public sealed record PreferencePair(
    string FeedbackId, string RaterId, IReadOnlyList<PromptMessage> Prompt, RatedAnswer First, RatedAnswer Second, double FirstPreferred, bool BothBad = false)
    : JudgedExample(FeedbackId, RaterId, Prompt);

/// <summary>One answer and whether a rater approved of it.</summary>
public sealed record ThumbExample(string FeedbackId, string RaterId, IReadOnlyList<PromptMessage> Prompt, RatedAnswer Answer, bool Up)
    : JudgedExample(FeedbackId, RaterId, Prompt);

/// <summary>Two to four answers in a rater's order.</summary>
/// <param name="Ranks">One for each answer: 1 is the best; equal ranks are ties.</param>
public sealed record RankingExample(
    string FeedbackId, string RaterId, IReadOnlyList<PromptMessage> Prompt, IReadOnlyList<RatedAnswer> Answers, IReadOnlyList<int> Ranks)
    : JudgedExample(FeedbackId, RaterId, Prompt);

/// <summary>One answer and how good a rater found it, from 1 (bad) to 5 (very good).</summary>
public sealed record RatingExample(string FeedbackId, string RaterId, IReadOnlyList<PromptMessage> Prompt, RatedAnswer Answer, int Stars)
    : JudgedExample(FeedbackId, RaterId, Prompt);

/// <summary>An answer as a rater would have it, made from the policy's: preferred to it, and worth imitating.</summary>
public sealed record CorrectionExample(string FeedbackId, string RaterId, IReadOnlyList<PromptMessage> Prompt, RatedAnswer Answer, string Corrected)
    : JudgedExample(FeedbackId, RaterId, Prompt);

/// <summary>An answer that a rater wrote.</summary>
/// <param name="Suggestion">The policy's answer that it was begun from; null when it was written from nothing.</param>
public sealed record DemonstrationExample(string FeedbackId, string RaterId, IReadOnlyList<PromptMessage> Prompt, string Text, RatedAnswer? Suggestion)
    : JudgedExample(FeedbackId, RaterId, Prompt);

/// <summary>What a rater said about an answer.</summary>
public sealed record CommentExample(string FeedbackId, string RaterId, IReadOnlyList<PromptMessage> Prompt, RatedAnswer Answer, string Words)
    : JudgedExample(FeedbackId, RaterId, Prompt);
