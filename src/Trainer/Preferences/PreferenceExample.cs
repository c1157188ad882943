using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Preferences;

/// <summary>A judgement and what the reference makes of its answers: log-probabilities of the whole answers, in nats.</summary>
/// <param name="ReferenceSecond">0 for a single answer.</param>
internal sealed record PreferenceExample(Judgement Judgement, double ReferenceFirst, double ReferenceSecond)
{
    /// <summary>Tokens of a forward pass over the example when it is padded to its longer answer.</summary>
    public int Tokens => Judgement.Second is { } second ? 2 * Math.Max(Judgement.First.Length, second.Length) : Judgement.First.Length;

    public static IReadOnlyList<PreferenceExample> Of(
        IReadOnlyList<Judgement> judgements, Transformer reference, RolloutSettings batching, CancellationToken cancellationToken)
    {
        TokenizedAnswer[] answers = [.. judgements.Select(j => j.First), .. judgements.Select(j => j.Second).OfType<TokenizedAnswer>()];
        var totals = AnswerLikelihood.Evaluate(reference, answers, batching.Pad, batching.MicroBatchTokens, cancellationToken);
        var second = judgements.Count;
        return [.. judgements.Select((j, i) => new PreferenceExample(j, totals[i].Total, j.IsPair ? totals[second++].Total : 0))];
    }

    /// <summary>
    /// Single answers for KTO: both of a pair whose rater chose a side, each with half of its weight, and those with a thumb. Ties say
    /// of neither whether it was liked.
    /// </summary>
    public static IReadOnlyList<Judgement> Singles(IReadOnlyList<Judgement> judgements) =>
    [
        .. from pair in judgements
           where pair.IsPair && pair.Label != 0.5
           from answer in new[] { (Tokens: pair.First, Liked: pair.Label > 0.5), (Tokens: pair.Second!, Liked: pair.Label < 0.5) }
           select new Judgement(pair.RaterId, answer.Tokens, null, answer.Liked ? 1 : 0, pair.Weight / 2),
        .. judgements.Where(j => !j.IsPair),
    ];
}
