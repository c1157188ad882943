using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Gold.Bench;

/// <summary>Answers of a checkpoint as rated answers; same seed, same answers.</summary>
internal static class SampledAnswers
{
    public static RolloutSettings SettingsFor(LoadedCheckpoint policy, LearningOptions options) =>
        new(policy.Template.EndIds, policy.Template.Pad, options.MaxAnswerTokens, options.MicroBatchTokens);

    public static IReadOnlyList<RatedAnswer> Of(
        CheckpointStore store, string folder, IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, LearningOptions options, TrainingWorkers workers, long seed)
    {
        using var policy = store.Load(folder);
        return Of(policy, prompts, options, workers, seed);
    }

    public static IReadOnlyList<RatedAnswer> Of(
        LoadedCheckpoint policy, IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, LearningOptions options, TrainingWorkers workers, long seed)
    {
        var settings = SettingsFor(policy, options);
        // In parts: a generator holds the keys and values of all its answers at once.
        return [.. prompts.Select(p => policy.Template.Prompt(p)).Chunk(256).SelectMany((part, i) => RolloutSampler
            .Sample(policy.Transformer, part, settings, seed + i, workers, CancellationToken.None)
            .Select(r => new RatedAnswer { TurnId = "sampled", Text = policy.Tokenizer.Decode(r.Tokens.Answer), Tokens = r.Tokens.Answer }))];
    }
}
