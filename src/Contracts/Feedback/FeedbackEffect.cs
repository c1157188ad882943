using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;

namespace ChatLoop.Contracts.Feedback;

/// <summary>What the batch of a version did with a judgement.</summary>
public enum FeedbackUse
{
    /// <summary>The version was trained on it.</summary>
    Training,
    /// <summary>Its prompt was held out: it tested reward model and version.</summary>
    Checking,
    /// <summary>Nothing can be learned from it: it holds words only, or an answer that was cut.</summary>
    LeftOut,
}

/// <summary>What a version answers to the judged prompt, with the sampling and the seed of the judged answer.</summary>
/// <param name="Reward">By the reward model of the run; null when the answer was cut, or that model is gone.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.VersionAnswer")]
public sealed record VersionAnswer(
    [property: Id(0)] int Version,
    [property: Id(1)] string Text,
    [property: Id(2)] int TokenCount,
    [property: Id(3)] FinishReason Finish,
    [property: Id(4)] double? Reward);

/// <summary>A judged answer under both versions. Log-probabilities are of the whole answer, in nats; null when it does not fit the context.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.JudgedAnswer")]
public sealed record JudgedAnswer
{
    [Id(0)] public required string Text { get; init; }
    /// <summary>The user wrote it.</summary>
    [Id(1)] public bool IsOwn { get; init; }
    /// <summary>Its place among the judged answers, 1 the best; null when it was judged alone.</summary>
    [Id(2)] public int? Rank { get; init; }
    [Id(3)] public int TokenCount { get; init; }
    [Id(4)] public double? OldLogProbability { get; init; }
    [Id(5)] public double? NewLogProbability { get; init; }
    /// <summary>By the reward model of the run, in deviations of the old version's answers, whose mean is 0.</summary>
    [Id(6)] public double? Reward { get; init; }
}

/// <summary>
/// A version that used a judgement beside the one before it. What differs is the work of the whole batch: that it held this judgement
/// is known, what it alone changed is not.
/// </summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.FeedbackEffect")]
public sealed record FeedbackEffect
{
    [Id(0)] public required string FeedbackId { get; init; }
    /// <summary>The version that used it.</summary>
    [Id(1)] public required int Version { get; init; }
    [Id(2)] public required int ParentVersion { get; init; }
    /// <summary>Judgements of the version's batch, this one included.</summary>
    [Id(3)] public required int JudgementCount { get; init; }
    [Id(4)] public required FeedbackUse Use { get; init; }
    [Id(5)] public required IReadOnlyList<PromptMessage> Prompt { get; init; }
    /// <summary>Of both answers below.</summary>
    [Id(6)] public required SamplingParameters Sampling { get; init; }
    [Id(7)] public required VersionAnswer Before { get; init; }
    [Id(8)] public required VersionAnswer After { get; init; }
    [Id(9)] public required IReadOnlyList<JudgedAnswer> Answers { get; init; }
    /// <summary>
    /// By how much more the log-probability of the better answer rose than the worse one's, in nats; the mean over all pairs of which
    /// one is better. Null without such a pair.
    /// </summary>
    [Id(10)] public double? PreferenceShift { get; init; }
}
