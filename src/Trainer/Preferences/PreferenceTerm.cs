using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Preferences;

/// <summary>What a judgement says in the terms of these losses: which of two answers is better, or whether one is liked.</summary>
/// <param name="Second">Null for a single answer.</param>
/// <param name="Label">Of two: probability that the first is better, 0.5 for a tie. Of one: 1 if it is liked, 0 if not.</param>
public sealed record PreferenceTerm(TokenizedAnswer First, TokenizedAnswer? Second, double Label, double Weight)
{
    /// <summary>The comparisons, two answers each: every two answers of a ranking, which share its weight.</summary>
    public static IReadOnlyList<PreferenceTerm> Pairs(IEnumerable<Judgement> judgements) => [.. judgements.Where(j => j.IsComparison).SelectMany(Pairs)];

    /// <summary>
    /// Single answers for KTO: both of a pair of which one is better, each with half of its weight, and those with a thumb or with
    /// more or fewer than three stars. A tie says of neither whether it was liked, unless both were bad.
    /// </summary>
    public static IReadOnlyList<PreferenceTerm> Singles(IReadOnlyList<Judgement> judgements) =>
    [
        .. from pair in judgements.Where(j => j is { IsComparison: true, BothBad: false }).SelectMany(Pairs)
           where pair.Label != 0.5
           from term in Halves(pair, firstLiked: pair.Label > 0.5, secondLiked: pair.Label < 0.5)
           select term,
        .. judgements.Where(j => j.BothBad).SelectMany(Pairs).SelectMany(pair => Halves(pair, firstLiked: false, secondLiked: false)),
        .. judgements.Where(j => j.Kind == JudgementKind.Thumb).Select(j => Single(j.Answers[0], j.Level > 0, j.Weight)),
        .. judgements.Where(j => j is { Kind: JudgementKind.Rating, Level: not 3 }).Select(j => Single(j.Answers[0], j.Level > 3, j.Weight)),
    ];

    private static IEnumerable<PreferenceTerm> Pairs(Judgement comparison)
    {
        var (answers, ranks) = (comparison.Answers, comparison.Ranks);
        var weight = comparison.Weight / (answers.Count * (answers.Count - 1) / 2.0);
        return from a in Enumerable.Range(0, answers.Count)
               from b in Enumerable.Range(a + 1, answers.Count - a - 1)
               select new PreferenceTerm(answers[a], answers[b], (1 + Math.Sign(ranks[b] - ranks[a])) / 2.0, weight);
    }

    private static PreferenceTerm[] Halves(PreferenceTerm pair, bool firstLiked, bool secondLiked) =>
        [Single(pair.First, firstLiked, pair.Weight / 2), Single(pair.Second!, secondLiked, pair.Weight / 2)];

    private static PreferenceTerm Single(TokenizedAnswer answer, bool isLiked, double weight) => new(answer, null, isLiked ? 1 : 0, weight);
}
