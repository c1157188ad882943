using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Tests.Rewards;

/// <summary>Answers of random letters, half of them with a question mark, and a rater who likes those.</summary>
internal static class RatedLetters
{
    public static Judgement Comparison(JudgementKind kind, int i, string rater = "rater", bool adversarial = false)
    {
        var (liked, other) = adversarial ? (Answer(i, 2, "", ""), Answer(i, 1, "", "?")) : (Answer(i, 1, "", "?"), Answer(i, 2, "", ""));
        return kind switch
        {
            JudgementKind.Pair when i % 2 == 0 => Judgement.Pair(rater, liked, other, PairOutcome.First),
            JudgementKind.Pair => Judgement.Pair(rater, other, liked, PairOutcome.Second),
            JudgementKind.Ranking => Judgement.Ranking(rater, [other, liked, Answer(i, 3, "", "")], [2, 1, 2]),
            JudgementKind.Correction => Judgement.Correction(rater, liked, other),
            JudgementKind.Demonstration => Judgement.Demonstration(rater, liked, other),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    /// <summary>Of two that are both liked or both not.</summary>
    public static Judgement Tie(int i) => i % 2 == 0
        ? Judgement.Pair("rater", Answer(i, 1, "", "?"), Answer(i, 2, "", "?"), PairOutcome.Tie)
        : Judgement.Pair("rater", Answer(i, 1, "", ""), Answer(i, 2, "", ""), PairOutcome.Tie);

    /// <summary>By a rater who counts letters and reads nothing.</summary>
    public static Judgement LongerIsBetter(int i)
    {
        var (first, second) = (Answer(i, 1, "", "", length: 2 + i % 3), Answer(i, 2, "", "", length: 7 + i % 4));
        return i % 2 == 0 ? Judgement.Pair("counter", first, second, PairOutcome.Second) : Judgement.Pair("counter", second, first, PairOutcome.First);
    }

    public static Judgement Pointwise(JudgementKind kind, int i)
    {
        var (liked, answer) = (i % 2 == 0, Answer(i, 1, "", i % 2 == 0 ? "?" : ""));
        return kind == JudgementKind.Thumb
            ? Judgement.Thumb($"rater {i % 3}", answer, liked)
            : Judgement.Rating($"rater {i % 3}", answer, liked ? 4 + i / 2 % 2 : 1 + i / 2 % 3);
    }

    /// <summary>Pairs by raters who like question marks, then by raters who like none, then by raters who flip coins; no prompt twice.</summary>
    /// <param name="mistakes">Share of all votes that are not what the rater wants.</param>
    public static List<Judgement> ByRaters(int seed, int friends, int opponents, int noise, int perRater, double mistakes = 0)
    {
        var random = new Random(seed);
        return [.. from rater in Enumerable.Range(0, friends + opponents + noise)
                   from k in Enumerable.Range(0, perRater)
                   let wants = rater >= friends && (rater < friends + opponents || random.Next(2) == 0)
                   let opposes = wants != (random.NextDouble() < mistakes)
                   select Comparison(JudgementKind.Pair, seed * 10_000 + rater * 100 + k, $"rater {rater}", opposes)];
    }

    public static int NumberOf(string rater) => int.Parse(rater["rater ".Length..], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Share of fresh pairs that are ordered as the rater would.</summary>
    public static double Accuracy(RewardModel model, int pairs = 200)
    {
        TokenizedAnswer[] liked = [.. Enumerable.Range(0, pairs).Select(i => Answer(5000 + i, 1, "", "?"))];
        TokenizedAnswer[] other = [.. Enumerable.Range(0, pairs).Select(i => Answer(5000 + i, 2, "", ""))];
        return Scores(model, liked).Zip(Scores(model, other), (a, b) => a > b ? 1.0 : 0.0).Average();
    }

    public static double[] Scores(RewardModel model, IReadOnlyList<TokenizedAnswer> answers) =>
        model.RawScores(answers, LetterPolicy.Rollouts.Pad, LetterPolicy.Rollouts.MicroBatchTokens, TestContext.Current.CancellationToken);

    public static IReadOnlyList<HeadEstimate> Estimates(RewardModel model, IReadOnlyList<TokenizedAnswer> answers) =>
        model.Estimates(answers, LetterPolicy.Rollouts.Pad, LetterPolicy.Rollouts.MicroBatchTokens, TestContext.Current.CancellationToken);

    /// <param name="index">Of the prompt; the same number gives the same prompt.</param>
    /// <param name="variant">Another one, other letters.</param>
    /// <param name="length">Of the letters; random when null.</param>
    public static TokenizedAnswer Answer(int index, int variant, string before, string after, int? length = null)
    {
        var random = new Random(index * 31 + variant);
        var letters = string.Concat(Enumerable.Range(0, length ?? random.Next(3, 9)).Select(_ => (char)('a' + random.Next(6))));
        var prompt = LetterPolicy.Template.Prompt([new(Contracts.Conversations.TurnRole.User, $"{LetterPolicy.Text(index)} {index}")]);
        return new(prompt, LetterPolicy.Template.Answer(before + letters + after));
    }
}
