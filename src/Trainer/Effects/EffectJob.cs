using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;

namespace ChatLoop.Trainer.Effects;

/// <param name="Folder">Relative to the checkpoint store's root.</param>
public sealed record VersionFiles(int Version, string Folder);

/// <summary>Asks what two versions make of one prompt, and of answers to it that were judged.</summary>
/// <param name="RewardModelFolder">Scores the answers; null for none.</param>
/// <param name="Answers">One that came without tokens is taken for whole.</param>
/// <param name="Sampling">For the answers that the two versions give now. Its seed makes them comparable.</param>
public sealed record EffectJob(
    VersionFiles Old, VersionFiles New, string? RewardModelFolder, IReadOnlyList<PromptMessage> Prompt, IReadOnlyList<RatedAnswer> Answers,
    SamplingParameters Sampling);

/// <param name="Before">With the old version.</param>
/// <param name="Answers">In the job's order.</param>
public sealed record MeasuredEffect(GivenAnswer Before, GivenAnswer After, IReadOnlyList<MeasuredAnswer> Answers);

/// <summary>What a version answers.</summary>
/// <param name="Reward">In deviations of the old version's answers, whose mean is 0; null when the answer was cut, or nothing scores.</param>
public sealed record GivenAnswer(string Text, int Tokens, FinishReason Finish, double? Reward);

/// <summary>
/// What two versions and the reward model make of one text. Log-probabilities are of the whole answer in nats, at temperature 1 over
/// the whole vocabulary; null when prompt and answer do not fit the context window.
/// </summary>
/// <param name="IsWhole">It has its end of turn. A reward model scores and learns from whole answers only.</param>
public sealed record MeasuredAnswer(int Tokens, bool IsWhole, double? OldLogProbability, double? NewLogProbability, double? Reward);
