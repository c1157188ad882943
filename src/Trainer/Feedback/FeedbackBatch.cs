using ChatLoop.Contracts.Conversations;

namespace ChatLoop.Trainer.Feedback;

/// <summary>Two answers to one prompt and how a rater ordered them.</summary>
/// <param name="FirstPreferred">Probability that the first is better according to the rater: 1, 0, or 0.5 for a tie.</param>
public sealed record PreferencePair(
    string FeedbackId,
    string RaterId,
    IReadOnlyList<PromptMessage> Prompt,
    RatedAnswer First,
    RatedAnswer Second,
    double FirstPreferred);

/// <summary>One answer and whether a rater approved of it.</summary>
public sealed record ThumbExample(
    string FeedbackId,
    string RaterId,
    IReadOnlyList<PromptMessage> Prompt,
    RatedAnswer Answer,
    bool Up);

/// <summary>
/// Everything one training run learns from, frozen when the run starts and stored beside its checkpoints. The split is by prompt
/// (a hash of its text), so that no held-out prompt is trained on, and it is the same in every run.
/// </summary>
public sealed record FeedbackBatch
{
    public required string RunId { get; init; }
    public required IReadOnlyList<PreferencePair> TrainingPairs { get; init; }
    public required IReadOnlyList<PreferencePair> HeldOutPairs { get; init; }
    public required IReadOnlyList<ThumbExample> Thumbs { get; init; }
    /// <summary>Highest ledger sequence that was looked at.</summary>
    public required long LastSequence { get; init; }

    public IEnumerable<string> FeedbackIds =>
        TrainingPairs.Concat(HeldOutPairs).Select(p => p.FeedbackId).Concat(Thumbs.Select(t => t.FeedbackId));
}
