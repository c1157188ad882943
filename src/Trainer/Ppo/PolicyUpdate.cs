using ChatLoop.Model.Tensors;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Ppo;

/// <summary>Means over all answer tokens that were worked through.</summary>
/// <param name="FirstRatio">Mean ratio of the first minibatch, when nothing has moved: 1 when sampler and trainer agree.</param>
/// <param name="Diverged">A gradient was not finite; that step and the rest were left out.</param>
public sealed record PolicyUpdateResult(
    double Loss, double Ratio, double ClipFraction, double ApproximateKl, double FirstRatio, bool Diverged);

/// <summary>The policy's part of an iteration: epochs of minibatches on the clipped surrogate. Owns the optimiser's moments.</summary>
internal sealed class PolicyUpdate(Transformer policy, PpoOptions options, RolloutSettings sampling) : IDisposable
{
    private readonly AdamOptimizer _adam = new(policy.TrainableParameters, options.AdamEpsilon);
    private readonly LearningRateSchedule _schedule = Minibatches.Schedule(options, options.LearningRate);

    public AdamOptimizer Optimizer => _adam;

    public PolicyUpdateResult Run(IReadOnlyList<Experience> experience, int iteration, Random random, CancellationToken cancellationToken)
    {
        var totals = new Totals();
        var (firstRatio, diverged) = (double.NaN, false);
        var step = iteration * options.Epochs * options.Minibatches;
        policy.GradientCheckpointing = sampling.GradientCheckpointing;
        policy.RequireGradients(true);
        for (var epoch = 0; epoch < options.Epochs && !diverged; epoch++)
        {
            var ofEpoch = new Totals();
            foreach (var minibatch in Minibatches.Shuffle(experience, options.Minibatches, random))
            {
                var ofMinibatch = Accumulate(minibatch, cancellationToken);
                if (double.IsNaN(firstRatio)) firstRatio = ofMinibatch.Ratio / ofMinibatch.Tokens;
                ofEpoch.Add(ofMinibatch);
                diverged = !double.IsFinite(GradientNorm.Clip(policy.TrainableParameters, options.MaxGradientNorm));
                if (diverged) break;
                _adam.Step(_schedule.At(step++));
            }
            totals.Add(ofEpoch);
            if (ofEpoch.ApproximateKl / ofEpoch.Tokens > options.MaxApproximateKl) break;
        }
        policy.RequireGradients(false);
        var n = totals.Tokens;
        return new(totals.Loss / n, totals.Ratio / n, totals.Clipped / n, totals.ApproximateKl / n, firstRatio, diverged);
    }

    /// <summary>Gradients of the minibatch's loss, gathered over its micro-batches.</summary>
    private Totals Accumulate(IReadOnlyList<Experience> minibatch, CancellationToken cancellationToken)
    {
        var totals = new Totals { Tokens = Minibatches.AnswerTokens(minibatch) };
        var mean = new TokenMean(totals.Tokens);
        _adam.ZeroGradients();
        foreach (var microBatch in Minibatches.MicroBatches(minibatch, sampling.MicroBatchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = PaddedBatch.Of([.. microBatch.Select(e => e.Tokens)], sampling.Pad);
            var likelihood = AnswerLikelihood.Of(policy, batch);
            var surrogate = ClippedSurrogate.Evaluate(
                likelihood.LogProbabilities,
                Minibatches.Pack(microBatch, e => e.LogPolicy),
                Minibatches.Pack(microBatch, e => e.Advantages),
                options.Clip);
            var loss = mean.Share(surrogate.Loss);
            if (options.EntropyBonus > 0) loss -= mean.Share(likelihood.Entropy).Times(options.EntropyBonus);
            loss.backward();
            totals.Loss += loss.item<float>() * totals.Tokens;
            totals.Ratio += surrogate.Ratio.sum().item<float>();
            totals.Clipped += surrogate.Clipped.sum().item<float>();
            totals.ApproximateKl += surrogate.ApproximateKl.sum().item<float>();
        }
        return totals;
    }

    public void Dispose() => _adam.Dispose();

    private sealed class Totals
    {
        public int Tokens { get; set; }
        public double Loss { get; set; }
        public double Ratio { get; set; }
        public double Clipped { get; set; }
        public double ApproximateKl { get; set; }

        public void Add(Totals other)
        {
            Tokens += other.Tokens;
            Loss += other.Loss;
            Ratio += other.Ratio;
            Clipped += other.Clipped;
            ApproximateKl += other.ApproximateKl;
        }
    }
}
