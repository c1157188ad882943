using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Rewards;

public enum JudgementKind { Pair, Thumb, Ranking, Rating, Correction, Demonstration, Comment }

/// <summary>
/// A judgement in tokens (docs/feedback-likelihoods.md). Comparisons order two to four answers to one prompt; pointwise judgements
/// say how good one answer is.
/// </summary>
public sealed record Judgement
{
    private Judgement(JudgementKind kind, string raterId, IReadOnlyList<TokenizedAnswer> answers) => (Kind, RaterId, Answers) = (kind, raterId, answers);

    public JudgementKind Kind { get; }
    public string RaterId { get; }
    /// <summary>One for a pointwise judgement.</summary>
    public IReadOnlyList<TokenizedAnswer> Answers { get; init; }
    /// <summary>Of a comparison, one per answer: 1 is the best, equal ranks are ties.</summary>
    public IReadOnlyList<int> Ranks { get; private init; } = [];
    /// <summary>Of a pair that is a tie.</summary>
    public bool BothBad { get; private init; }
    /// <summary>Of a rating, 1 to 5; of a thumb, 1 for up and 0 for down.</summary>
    public int Level { get; private init; }
    /// <summary>Of a comment, the probability of a thumb up that was read in it; of a thumb, 1 for up and 0 for down.</summary>
    public double Praise { get; private init; }
    /// <summary>
    /// What it weighs beside others of its rater: 1, and less for a comment (<see cref="Comments.ReaderSkill.Weight"/>).
    /// </summary>
    public double Certainty { get; private init; } = 1;
    /// <summary>One of the answers was chosen for what a verdict on it would tell: it teaches, but is no fair sample to measure by.</summary>
    public bool IsChosen { get; init; }
    /// <summary>In the loss.</summary>
    public double Weight { get; init; } = 1;

    public static Judgement Pair(string raterId, TokenizedAnswer first, TokenizedAnswer second, PairOutcome outcome) =>
        new(JudgementKind.Pair, raterId, [first, second])
        {
            Ranks = outcome switch { PairOutcome.First => [1, 2], PairOutcome.Second => [2, 1], _ => [1, 1] },
            BothBad = outcome == PairOutcome.BothBad,
        };

    public static Judgement Ranking(string raterId, IReadOnlyList<TokenizedAnswer> answers, IReadOnlyList<int> ranks) =>
        new(JudgementKind.Ranking, raterId, answers) { Ranks = ranks };

    public static Judgement Thumb(string raterId, TokenizedAnswer answer, bool up) =>
        new(JudgementKind.Thumb, raterId, [answer]) { Level = up ? 1 : 0, Praise = up ? 1 : 0 };

    public static Judgement Rating(string raterId, TokenizedAnswer answer, int stars) =>
        new(JudgementKind.Rating, raterId, [answer]) { Level = stars };

    public static Judgement Comment(string raterId, TokenizedAnswer answer, double praise, double certainty) =>
        new(JudgementKind.Comment, raterId, [answer]) { Praise = praise, Certainty = certainty };

    public static Judgement Correction(string raterId, TokenizedAnswer corrected, TokenizedAnswer shown) =>
        new(JudgementKind.Correction, raterId, [corrected, shown]) { Ranks = [1, 2] };

    public static Judgement Demonstration(string raterId, TokenizedAnswer written, TokenizedAnswer alternative) =>
        new(JudgementKind.Demonstration, raterId, [written, alternative]) { Ranks = [1, 2] };

    public bool IsComparison => Ranks.Count > 0;

    /// <summary>
    /// Whether the gate believes it. Texts that people wrote are too easily told from the policy's to prove anything; answers that were
    /// chosen because the heads disagreed are harder than the policy's usual ones.
    /// </summary>
    public bool IsEvidence => Kind is (JudgementKind.Pair or JudgementKind.Ranking) && !IsChosen;

    public PairOutcome Outcome => (BothBad, Ranks[0] - Ranks[1]) switch
    {
        (true, _) => PairOutcome.BothBad,
        (_, 0) => PairOutcome.Tie,
        (_, < 0) => PairOutcome.First,
        _ => PairOutcome.Second,
    };

    /// <summary>
    /// The two answers of a comparison that a reward model can get right or wrong, better one first: the best and the worst, if the
    /// rater put them apart and they are not the same; null otherwise.
    /// </summary>
    public (int Better, int Worse)? Contrast
    {
        get
        {
            if (!IsComparison) return null;
            var (best, worst) = (Ranks.Index().MinBy(r => r.Item), Ranks.Index().MaxBy(r => r.Item));
            return best.Item < worst.Item && !Answers[best.Index].Answer.SequenceEqual(Answers[worst.Index].Answer) ? (best.Index, worst.Index) : null;
        }
    }
}
