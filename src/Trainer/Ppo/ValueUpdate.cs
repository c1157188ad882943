using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Ppo;

/// <summary>Means over all answer tokens that were worked through.</summary>
/// <param name="Diverged">A gradient was not finite; that step and the rest were left out.</param>
public sealed record ValueUpdateResult(double Loss, double ClipFraction, bool Diverged);

/// <summary>The critic's part of an iteration: epochs of minibatches on the clipped value loss. Owns the optimiser's moments.</summary>
internal sealed class ValueUpdate(Critic critic, PpoOptions options, RolloutSettings sampling) : IDisposable
{
    private readonly AdamOptimizer _adam = new(critic.Parameters, options.AdamEpsilon);
    private readonly LearningRateSchedule _schedule = Minibatches.Schedule(options, options.CriticLearningRate);

    public AdamOptimizer Optimizer => _adam;

    public ValueUpdateResult Run(IReadOnlyList<Experience> experience, int iteration, Random random, CancellationToken cancellationToken)
    {
        var (loss, clipped, tokens, diverged) = (0.0, 0.0, 0, false);
        var step = iteration * options.Epochs * options.Minibatches;
        critic.GradientCheckpointing = sampling.GradientCheckpointing;
        critic.RequireGradients(true);
        for (var epoch = 0; epoch < options.Epochs && !diverged; epoch++)
        {
            foreach (var minibatch in Minibatches.Shuffle(experience, options.Minibatches, random))
            {
                var totals = Accumulate(minibatch, cancellationToken);
                (loss, clipped, tokens) = (loss + totals.Loss, clipped + totals.Clipped, tokens + totals.Tokens);
                diverged = !double.IsFinite(GradientNorm.Clip(critic.Parameters, options.MaxGradientNorm));
                if (diverged) break;
                _adam.Step(_schedule.At(step++));
            }
        }
        critic.RequireGradients(false);
        return new(loss / tokens, clipped / tokens, diverged);
    }

    private (double Loss, double Clipped, int Tokens) Accumulate(IReadOnlyList<Experience> minibatch, CancellationToken cancellationToken)
    {
        var (loss, clipped, tokens) = (0.0, 0.0, Minibatches.AnswerTokens(minibatch));
        var mean = new TokenMean(tokens);
        _adam.ZeroGradients();
        foreach (var microBatch in Minibatches.MicroBatches(minibatch, sampling.MicroBatchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = PaddedBatch.Of([.. microBatch.Select(e => e.Tokens)], sampling.Pad);
            var value = ClippedValueLoss.Evaluate(
                critic.Values(batch),
                Minibatches.Pack(microBatch, e => e.Values),
                Minibatches.Pack(microBatch, e => e.Returns),
                options.ValueClip);
            var share = mean.Share(value.Loss);
            share.backward();
            loss += share.item<float>() * tokens;
            clipped += value.Clipped.sum().item<float>();
        }
        return (loss, clipped, tokens);
    }

    public void Dispose() => _adam.Dispose();
}
