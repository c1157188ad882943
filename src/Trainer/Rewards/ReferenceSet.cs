using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// The answers that fix a reward model's unit: the policy's own to built-in prompts. Neither what was rated nor a run's seed has a say in
/// the prompts or in the luck of the draw, so that the units of two reward models differ by what they learned and by their policies only.
/// </summary>
internal static class ReferenceSet
{
    private const long Seed = 0;

    /// <param name="count">Answers; the prompts are used again where there are fewer.</param>
    /// <returns>Finished answers; those that were cut are left out.</returns>
    public static IReadOnlyList<TokenizedAnswer> Sample(
        Transformer policy, FeedbackTokens tokens, int count, RolloutSettings settings, TrainingWorkers workers, CancellationToken cancellationToken)
    {
        IReadOnlyList<IReadOnlyList<int>> prompts = [.. PromptPool.Load().Select(p => tokens.Prompt(p, settings.MaxAnswerTokens)).OfType<IReadOnlyList<int>>()];
        if (prompts.Count == 0) return [];
        var drawn = new PromptDraw(prompts, Seed).Take(0, count);
        return [.. RolloutSampler.Sample(policy, drawn, settings, Seed, workers, cancellationToken)
            .Select(r => r.Tokens).Where(a => a.IsFinished(settings.EndIds))];
    }
}
