using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Preferences;

/// <summary>
/// The loss of single answers by <see cref="KahnemanTversky"/>. Its reference point comes from the minibatch: every prompt beside the
/// answer of the next example, where that belongs to another prompt and fits the context.
/// </summary>
internal sealed class KtoObjective(PreferenceOptions options, Transformer reference, RolloutSettings batching) : IPreferenceObjective
{
    private double _referencePoint;

    public void Prepare(Transformer policy, IReadOnlyList<PreferenceExample> minibatch, CancellationToken cancellationToken)
    {
        var answers = minibatch.Select(e => e.Term.First).ToList();
        var mismatched = answers.Zip([.. answers.Skip(1), answers[0]])
            .Where(p => !p.First.Prompt.SequenceEqual(p.Second.Prompt))
            .Select(p => new TokenizedAnswer(p.First.Prompt, p.Second.Answer))
            .Where(a => a.Length <= policy.Config.MaxPositions).ToList();
        _referencePoint = 0;
        if (mismatched.Count == 0) return;
        using var scope = NewDisposeScope();
        var ratios = Totals(policy).Zip(Totals(reference), (p, r) => p - r).ToArray();
        _referencePoint = KahnemanTversky.ReferencePoint(tensor(ratios)).item<double>();

        IEnumerable<double> Totals(Transformer model) =>
            AnswerLikelihood.Evaluate(model, mismatched, batching.Pad, batching.MicroBatchTokens, cancellationToken).Select(l => l.Total);
    }

    public Tensor Losses(Transformer policy, IReadOnlyList<PreferenceExample> microBatch, PreferenceTotals totals)
    {
        using var batch = PaddedBatch.Of([.. microBatch.Select(e => e.Term.First)], batching.Pad);
        var logPolicy = AnswerLikelihood.Totals(policy, batch);
        var values = logPolicy.detach().data<float>().ToArray();
        for (var i = 0; i < microBatch.Count; i++)
            totals.Add(microBatch[i].Term.Label > 0.5, values[i], microBatch[i].ReferenceFirst);
        totals.ReferencePoint = _referencePoint;
        return KahnemanTversky.Loss(
            logPolicy - Floats(microBatch, e => e.ReferenceFirst), Floats(microBatch, e => e.Term.Label),
            tensor((float)_referencePoint), options.Beta, options.DesirableWeight, options.UndesirableWeight);
    }

    private static Tensor Floats(IReadOnlyList<PreferenceExample> examples, Func<PreferenceExample, double> number) =>
        tensor(examples.Select(e => (float)number(e)).ToArray());
}
