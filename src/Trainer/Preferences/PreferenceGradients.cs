using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Preferences;

/// <summary>Gradients of a preference objective over a minibatch.</summary>
internal static class PreferenceGradients
{
    /// <summary>Adds those of the weighted mean loss, gathered over micro-batches. Returns what the curves show.</summary>
    public static IReadOnlyList<(string Curve, double Value)> Accumulate(
        Transformer policy, IPreferenceObjective objective, double beta, PreferenceExample[] minibatch, RolloutSettings batching,
        CancellationToken cancellationToken)
    {
        objective.Prepare(policy, minibatch, cancellationToken);
        var totals = new PreferenceTotals(beta);
        var weight = minibatch.Sum(e => e.Term.Weight);
        foreach (var group in LengthBuckets.Split([.. minibatch.Select(e => e.Tokens)], batching.MicroBatchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            PreferenceExample[] microBatch = [.. group.Select(i => minibatch[i])];
            var weights = tensor(microBatch.Select(e => (float)(e.Term.Weight / weight)).ToArray());
            var loss = (weights * objective.Losses(policy, microBatch, totals)).sum();
            loss.backward();
            totals.Loss += loss.item<float>();
        }
        return totals.Curves;
    }
}
