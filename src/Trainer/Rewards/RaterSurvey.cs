namespace ChatLoop.Trainer.Rewards;

/// <summary>Whether raters want opposite things, by what the policy itself sees in the answers, before anything is learned of them.</summary>
/// <param name="folds">Parts of the cross-validation.</param>
public sealed class RaterSurvey(int folds)
{
    /// <returns>Null when they do not, or have compared too little for it to be told.</returns>
    public OpposedRaters? Opposed(IReadOnlyList<SeenJudgement> seen, long seed)
    {
        List<SeenJudgement> compared = [.. seen.Where(s => s.Judgement.IsEvidence && s.Judgement.Contrast is not null)
            .GroupBy(s => s.Judgement.RaterId, StringComparer.Ordinal).Where(r => r.Count() >= OpposedRaters.LeastComparisons).SelectMany(r => r)];
        Judgement[] judgements = [.. compared.Select(s => s.Judgement)];
        var raters = judgements.Select(j => j.RaterId).Distinct(StringComparer.Ordinal).Count();
        return raters >= 2 && CrossValidation.FoldOf(judgements, folds, new Random(seed.GetHashCode())) is { } foldOf
            ? OpposedRaters.Find(RaterAgreement.Measure([.. compared.Select((s, i) => Features(s, foldOf[i]))]))
            : null;
    }

    /// <summary>How the last states of the two answers differ.</summary>
    private static ComparedFeatures Features(SeenJudgement seen, int fold)
    {
        var (better, worse) = seen.Judgement.Contrast!.Value;
        ReadOnlySpan<float> ofBetter = AnswerFeatures.LastState(seen.Features[better]), ofWorse = AnswerFeatures.LastState(seen.Features[worse]);
        var differences = new double[ofBetter.Length];
        for (var i = 0; i < differences.Length; i++) differences[i] = (double)ofBetter[i] - ofWorse[i];
        return new(seen.Judgement.RaterId, fold, differences);
    }
}
