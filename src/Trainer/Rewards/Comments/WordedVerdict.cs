namespace ChatLoop.Trainer.Rewards.Comments;

/// <summary>A verdict and the words that its rater found for it: what a <see cref="CommentReader"/> learns from.</summary>
/// <param name="Verdict">The thumb or rating, with the words in place of the answer.</param>
/// <param name="IsPraise">Thumb up, or more stars than the median; null of a rating at the median, which is neither.</param>
public sealed record WordedVerdict(Judgement Verdict, string PromptKey, bool? IsPraise)
{
    /// <summary>A rater with n of them weighs sqrt(n) in all, as in <see cref="JudgementWeights"/>.</summary>
    public static IReadOnlyList<WordedVerdict> Of(IEnumerable<CommentedAnswer> comments)
    {
        CommentedAnswer[] worded = [.. comments.Where(c => c.Verdict is not null)];
        var perRater = worded.CountBy(c => c.RaterId).ToDictionary();
        var median = Median([.. worded.Select(c => c.Verdict!).Where(v => v.Kind == JudgementKind.Rating).Select(v => v.Level).Order()]);
        return [.. worded.Select(c => new WordedVerdict(
            c.Verdict! with { Answers = [c.Words], Weight = 1 / Math.Sqrt(perRater[c.RaterId]) }, c.PromptKey, IsPraiseOf(c.Verdict!)))];

        bool? IsPraiseOf(Judgement verdict) =>
            verdict.Kind == JudgementKind.Thumb ? verdict.Level == 1 : verdict.Level == median ? null : verdict.Level > median;
    }

    private static double Median(int[] ascending) => ascending.Length == 0
        ? double.NaN
        : (ascending[(ascending.Length - 1) / 2] + ascending[ascending.Length / 2]) / 2.0;
}
