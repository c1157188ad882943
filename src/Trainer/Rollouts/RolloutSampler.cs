using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Sampling;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Rollouts;

/// <summary>How answers are sampled and batched for training.</summary>
/// <param name="EndIds">Tokens that end an answer.</param>
/// <param name="MaxAnswerTokens">A longer answer is cut and counts as unfinished.</param>
/// <param name="MicroBatchTokens">Tokens of a forward pass over whole sequences, padding included.</param>
/// <param name="GradientCheckpointing">See <see cref="Transformer.GradientCheckpointing"/>.</param>
public sealed record RolloutSettings(
    IReadOnlyCollection<int> EndIds, int Pad, int MaxAnswerTokens, int MicroBatchTokens, bool GradientCheckpointing = false);

/// <summary>
/// Samples answers with the generator that serves (<see cref="BatchGenerator"/>), at temperature 1 over the whole vocabulary: the
/// distribution that is trained. Every answer has a seed of its own, so it does not depend on how the work is shared.
/// </summary>
public static class RolloutSampler
{
    private const int Version = 0;

    /// <param name="prompts">In tokens, up to the assistant's header.</param>
    /// <returns>One answer to each prompt, in order.</returns>
    /// <exception cref="InvalidDataException">The policy's logits are not finite.</exception>
    public static IReadOnlyList<Rollout> Sample(
        Transformer policy, IReadOnlyList<IReadOnlyList<int>> prompts, RolloutSettings settings, long seed, TrainingWorkers workers,
        CancellationToken cancellationToken)
    {
        var random = new SeededRandom(seed);
        long[] seeds = [.. prompts.Select(_ => (long)random.NextUInt64())];
        var rollouts = new Rollout[prompts.Count];
        var parts = Enumerable.Range(0, prompts.Count).GroupBy(i => i % workers.Count).Select(p => p.ToArray());
        workers.Run([.. parts.Select(part => (Action)(() => Sample(policy, prompts, seeds, part, settings, rollouts, cancellationToken)))]);
        return rollouts;
    }

    private static void Sample(
        Transformer policy, IReadOnlyList<IReadOnlyList<int>> prompts, long[] seeds, int[] part, RolloutSettings settings,
        Rollout[] rollouts, CancellationToken cancellationToken)
    {
        var sampling = new SamplingParameters { MaxTokens = settings.MaxAnswerTokens };
        var capacity = Math.Min(policy.Config.MaxPositions, part.Max(i => prompts[i].Count) + settings.MaxAnswerTokens);
        using var generator = new BatchGenerator(policy, Version, part.Length, capacity, settings.EndIds);
        var underWay = part.ToDictionary(i => generator.Admit(prompts[i], sampling, seeds[i]), i => new Draft(i));
        while (generator.Active > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (sequence, token, finish) in generator.Step())
            {
                var draft = underWay[sequence];
                draft.Tokens.Add(token.Id);
                draft.LogProbabilities.Add(token.LogProbability);
                if (finish is not null)
                    rollouts[draft.Index] = new(new(prompts[draft.Index], draft.Tokens), draft.LogProbabilities);
            }
        }
    }

    private sealed record Draft(int Index)
    {
        public List<int> Tokens { get; } = [];
        public List<float> LogProbabilities { get; } = [];
    }
}
