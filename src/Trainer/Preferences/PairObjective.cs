using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Preferences;

/// <summary>A loss of pairs through their margin: <see cref="DirectPreference"/> or <see cref="IdentityPreference"/>.</summary>
/// <param name="loss">Of margins and soft labels at a beta.</param>
/// <param name="smoothing">Chance that a label is wrong.</param>
internal sealed class PairObjective(Func<Tensor, Tensor, double, Tensor> loss, double beta, double smoothing, int pad) : IPreferenceObjective
{
    public void Prepare(Transformer policy, IReadOnlyList<PreferenceExample> minibatch, CancellationToken cancellationToken) { }

    public Tensor Losses(Transformer policy, IReadOnlyList<PreferenceExample> microBatch, PreferenceTotals totals)
    {
        using var batch = PaddedBatch.Of(
            [.. microBatch.Select(e => e.Term.First), .. microBatch.Select(e => e.Term.Second!)], pad);
        var logPolicy = AnswerLikelihood.Totals(policy, batch);
        var (first, second) = (logPolicy.narrow(0, 0, microBatch.Count), logPolicy.narrow(0, microBatch.Count, microBatch.Count));
        var margin = LogRatioMargin.Of(
            first, Floats(microBatch, e => e.ReferenceFirst), second, Floats(microBatch, e => e.ReferenceSecond));
        Count(microBatch, logPolicy.detach().data<float>().ToArray(), totals);
        return loss(margin, Floats(microBatch, e => e.Term.Label * (1 - smoothing) + (1 - e.Term.Label) * smoothing), beta);
    }

    private static void Count(IReadOnlyList<PreferenceExample> microBatch, float[] logPolicy, PreferenceTotals totals)
    {
        for (var i = 0; i < microBatch.Count; i++)
        {
            var example = microBatch[i];
            if (example.Term.Label == 0.5) continue;
            var (first, second) = (logPolicy[i], logPolicy[microBatch.Count + i]);
            var firstChosen = example.Term.Label > 0.5;
            totals.Add(firstChosen, first, example.ReferenceFirst);
            totals.Add(!firstChosen, second, example.ReferenceSecond);
            var margin = first - example.ReferenceFirst - (second - example.ReferenceSecond);
            totals.AddPair(firstChosen ? margin > 0 : margin < 0);
        }
    }

    private static Tensor Floats(IReadOnlyList<PreferenceExample> examples, Func<PreferenceExample, double> number) =>
        tensor(examples.Select(e => (float)number(e)).ToArray());
}
