using System.Text.Json.Serialization;

namespace ChatLoop.Trainer.Feedback;

/// <summary>
/// Everything one training run learns from, frozen when the run starts and stored beside its checkpoints. The split is by prompt
/// (a hash of its text), so that no held-out prompt is trained on, and it is the same in every run.
/// </summary>
public sealed record FeedbackBatch
{
    public required string RunId { get; init; }
    public required JudgementSet Training { get; init; }
    public required JudgementSet HeldOut { get; init; }

    /// <summary>Each once: a judgement with a comment is two examples.</summary>
    [JsonIgnore]
    public IEnumerable<string> FeedbackIds => Training.All.Concat(HeldOut.All).Select(e => e.FeedbackId).Distinct();

    /// <summary>Without all that these judgements say.</summary>
    public FeedbackBatch Without(IReadOnlySet<string> feedbackIds) =>
        this with { Training = Training.Without(feedbackIds), HeldOut = HeldOut.Without(feedbackIds) };
}
