using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Preferences;

/// <summary>A term and what the reference makes of its answers: log-probabilities of the whole answers, in nats.</summary>
/// <param name="ReferenceSecond">0 for a single answer.</param>
internal sealed record PreferenceExample(PreferenceTerm Term, double ReferenceFirst, double ReferenceSecond)
{
    /// <summary>Tokens of a forward pass over the example when it is padded to its longer answer.</summary>
    public int Tokens => Term.Second is { } second ? 2 * Math.Max(Term.First.Length, second.Length) : Term.First.Length;

    public static IReadOnlyList<PreferenceExample> Of(
        IReadOnlyList<PreferenceTerm> terms, Transformer reference, RolloutSettings batching, CancellationToken cancellationToken)
    {
        TokenizedAnswer[] answers = [.. terms.Select(t => t.First), .. terms.Select(t => t.Second).OfType<TokenizedAnswer>()];
        var totals = AnswerLikelihood.Evaluate(reference, answers, batching.Pad, batching.MicroBatchTokens, cancellationToken);
        var second = terms.Count;
        return [.. terms.Select((t, i) => new PreferenceExample(t, totals[i].Total, t.Second is null ? 0 : totals[second++].Total))];
    }
}
