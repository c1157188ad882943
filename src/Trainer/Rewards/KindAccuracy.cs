namespace ChatLoop.Trainer.Rewards;

/// <summary>How often a reward model was right about one kind of feedback.</summary>
/// <param name="Contrasts">
/// What it could be right or wrong about: comparisons with a better and a worse answer; of thumbs and ratings, all pairs of answers
/// that were judged differently (the accuracy is then the concordance; of thumbs, the area under the ROC curve).
/// </param>
public sealed record KindAccuracy(JudgementKind Kind, double Accuracy, int Contrasts)
{
    /// <summary>Kinds without a contrast are left out.</summary>
    public static IReadOnlyList<KindAccuracy> Of(IEnumerable<ScoredJudgement> judgements) =>
    [
        .. from kind in judgements.GroupBy(j => j.Judgement.Kind).OrderBy(k => k.Key)
           let margins = MarginsOf(kind).ToList()
           where margins.Count > 0
           select new KindAccuracy(kind.Key, margins.Average(m => m > 0 ? 1.0 : 0.0), margins.Count),
    ];

    /// <summary>Scores of two answers to different prompts compare only if the same model gave them.</summary>
    private static IEnumerable<double> MarginsOf(IEnumerable<ScoredJudgement> kind) => kind.Select(j => j.Margin).OfType<double>().Concat(
        from model in kind.Where(j => !j.Judgement.IsComparison).GroupBy(j => j.Model)
        from better in model
        from worse in model
        where better.Judgement.Level > worse.Judgement.Level
        select better.Scores[0] - worse.Scores[0]);
}
