using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;

namespace ChatLoop.Grains.Tests.Feedback;

/// <summary>Judgements as the ledger's grain hands them to the store.</summary>
internal static class Submission
{
    public static RatedContext Context { get; } = new([new(TurnRole.User, "Hello!")], [new RatedAnswer { TurnId = "t", Text = "Hi." }]);

    public static FeedbackSubmission Thumb(string id, string turn, bool up) => new()
    {
        FeedbackId = id,
        Kind = FeedbackKind.Thumb,
        ConversationId = "c",
        TurnId = turn,
        Thumb = up ? Contracts.Feedback.Thumb.Up : Contracts.Feedback.Thumb.Down,
    };

    public static FeedbackSubmission Pair(string id, string comparison) => new()
    {
        FeedbackId = id,
        Kind = FeedbackKind.Pair,
        ConversationId = "c",
        ComparisonId = comparison,
        Verdict = PairVerdict.Left,
    };
}
