using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Rewards;

/// <summary>Whether raters want opposite things, by what the policy itself sees in the answers, before anything is learned of them.</summary>
/// <param name="folds">Parts of the cross-validation.</param>
public sealed class RaterSurvey(int folds, RolloutSettings batching)
{
    /// <returns>Null when they do not, or have compared too little for it to be told.</returns>
    public OpposedRaters? Opposed(TransformerWeights policy, IReadOnlyList<Judgement> judgements, long seed, CancellationToken cancellationToken)
    {
        List<Judgement> compared = [.. judgements.Where(j => j.IsEvidence && j.Contrast is not null)
            .GroupBy(j => j.RaterId, StringComparer.Ordinal).Where(r => r.Count() >= OpposedRaters.LeastComparisons).SelectMany(r => r)];
        var raters = compared.Select(j => j.RaterId).Distinct(StringComparer.Ordinal).Count();
        return raters >= 2 && CrossValidation.FoldOf(compared, folds, new Random(seed.GetHashCode())) is { } foldOf
            ? OpposedRaters.Find(RaterAgreement.Measure(FeaturesOf(policy, compared, foldOf, seed, cancellationToken)))
            : null;
    }

    private List<ComparedFeatures> FeaturesOf(
        TransformerWeights policy, List<Judgement> compared, int[] foldOf, long seed, CancellationToken cancellationToken)
    {
        using var model = RewardModel.From(policy, seed);
        TokenizedAnswer[] Side(Func<(int Better, int Worse), int> side) => [.. compared.Select(j => j.Answers[side(j.Contrast!.Value)])];
        var features = model.Features([.. Side(c => c.Better), .. Side(c => c.Worse)], batching.Pad, batching.MicroBatchTokens, cancellationToken);
        var lastState = policy.Config.HiddenSize;
        return [.. compared.Select((j, i) => new ComparedFeatures(
            j.RaterId, foldOf[i],
            [.. features[i].Take(lastState).Zip(features[compared.Count + i], (better, worse) => (double)better - worse)]))];
    }
}
