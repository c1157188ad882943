using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Conversations;

namespace ChatLoop.Grains.Feedback;

/// <summary>What a judgement may hold. Each refusal says what to change.</summary>
internal static class FeedbackRules
{
    public const int LongestComment = 2_000;

    /// <summary>Checks the form, and drops an empty comment.</summary>
    public static FeedbackSubmission Check(FeedbackSubmission submission)
    {
        RequestLimits.CheckId("feedbackId", submission.FeedbackId);
        RequestLimits.CheckId("conversationId", submission.ConversationId);
        if (submission.Kind == FeedbackKind.Thumb) CheckThumb(submission);
        else if (submission.Kind == FeedbackKind.Pair) CheckPair(submission);
        else throw ChatLoopException.Invalid("kind must be thumb or pair.");
        if (submission.Comment?.Length > LongestComment)
            throw ChatLoopException.Invalid($"A comment may have at most {LongestComment:N0} characters; this one has {submission.Comment.Length:N0}.");
        return string.IsNullOrWhiteSpace(submission.Comment) ? submission with { Comment = null } : submission;
    }

    private static void CheckThumb(FeedbackSubmission submission)
    {
        RequestLimits.CheckId("turnId", submission.TurnId);
        if (submission.Thumb is not { } thumb || !Enum.IsDefined(thumb)) throw ChatLoopException.Invalid("A thumb needs thumb: up or down.");
        if (submission.ComparisonId is not null || submission.Verdict is not null)
            throw ChatLoopException.Invalid("A thumb is about one answer: leave out comparisonId and verdict.");
    }

    private static void CheckPair(FeedbackSubmission submission)
    {
        RequestLimits.CheckId("comparisonId", submission.ComparisonId);
        if (submission.Verdict is not { } verdict || !Enum.IsDefined(verdict))
            throw ChatLoopException.Invalid("A pair needs verdict: left, right, tie, bothBad or skip.");
        if (submission.TurnId is not null || submission.Thumb is not null)
            throw ChatLoopException.Invalid("A pair is about two answers: leave out turnId and thumb.");
    }
}
