using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Constraints;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Comments;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Trainer.Feedback;

/// <summary>
/// Puts judgements into tokens. An answer without an end of turn is left out: the reward model scores whole answers only, at their
/// last token. So is one that does not fit the context window, and with them each judgement that has nothing left to say.
/// </summary>
/// <param name="maxTokens">Of prompt and answer together; the oldest turns are dropped to fit.</param>
public sealed class FeedbackTokens(ChatTemplate template, int maxTokens)
{
    /// <summary>All that a reward model learns from as it is; comments have to be read first (<see cref="Comments"/>).</summary>
    /// <param name="alternative">
    /// An answer of the policy that a demonstration is preferred to where it was written from nothing; without it such
    /// demonstrations are left to supervised learning.
    /// </param>
    public IReadOnlyList<Judgement> Of(JudgementSet judgements, Func<DemonstrationExample, TokenizedAnswer?>? alternative = null) =>
    [
        .. new[]
        {
            judgements.Pairs.Select(Pair), judgements.Thumbs.Select(Thumb), judgements.Rankings.Select(Ranking),
            judgements.Ratings.Select(Rating), judgements.Corrections.Select(Correction),
            judgements.Demonstrations.Select(d => Demonstration(d, alternative)),
        }.SelectMany(kind => kind).OfType<Judgement>(),
    ];

    /// <summary>
    /// The judged answers that were sampled and kept their log-probabilities, each once, also those that were cut. Answers under a constraint
    /// are left out: their log-probabilities are over what it allowed, which is not worked out again here (docs/adr/0011).
    /// </summary>
    public IReadOnlyList<ServedAnswer> Served(JudgementSet judgements) =>
    [
        .. from example in judgements.All
           from answer in Judged(example)
           where answer.Tokens.Count > 0 && answer.LogProbabilities.Count == answer.Tokens.Count && !TokenConstraint.IsNeeded(answer.Sampling)
           group (example.Prompt, Answer: answer) by answer.TurnId into turn
           let first = turn.First()
           let tokens = Answer(first.Prompt, first.Answer.Tokens)
           where tokens is not null
           select new ServedAnswer(tokens, first.Answer.LogProbabilities, first.Answer.Sampling),
    ];

    /// <summary>
    /// Comments on one answer. Those beside a correction are left out: the corrected text says it already, and better.
    /// </summary>
    public IReadOnlyList<CommentedAnswer> Comments(JudgementSet judgements)
    {
        var verdicts = judgements.Thumbs.Select(t => (Example: (JudgedExample)t, t.Answer, Verdict: Thumb(t)))
            .Concat(judgements.Ratings.Select(r => (Example: (JudgedExample)r, r.Answer, Verdict: Rating(r)))).ToList();
        // Words that came with a verdict and words that its rater added later say the same thing about it.
        var byFeedback = verdicts.ToLookup(v => v.Example.FeedbackId, v => v.Verdict);
        var byTurn = verdicts.ToLookup(v => (v.Example.RaterId, v.Answer.TurnId), v => v.Verdict);
        var corrected = judgements.Corrections.Select(c => c.FeedbackId).ToHashSet();
        return
        [
            .. from comment in judgements.Comments
               where !corrected.Contains(comment.FeedbackId)
               let answer = Answer(comment.Prompt, comment.Answer)
               let words = Prompt([new(TurnRole.User, comment.Words)], 0)
               where answer is not null && words is not null
               let verdict = byFeedback[comment.FeedbackId].Concat(byTurn[(comment.RaterId, comment.Answer.TurnId)]).FirstOrDefault()
               select new CommentedAnswer(comment.RaterId, answer, new([.. words.SkipLast(1)], [words[^1]]), verdict),
        ];
    }

    /// <summary>A prompt with room for an answer; null when its last message alone leaves none.</summary>
    public IReadOnlyList<int>? Prompt(IReadOnlyList<PromptMessage> messages, int answerTokens)
    {
        try
        {
            return template.Prompt(messages, maxTokens - answerTokens);
        }
        catch (ChatLoopException tooLarge) when (tooLarge.Code == ErrorCode.TooLarge)
        {
            return null;
        }
    }

    /// <summary>A question and a whole answer in words; null when they do not fit.</summary>
    public TokenizedAnswer? Answer(IReadOnlyList<PromptMessage> prompt, string text) =>
        Answer(prompt, template.Answer(text));

    private static IReadOnlyList<RatedAnswer> Judged(JudgedExample example) => example switch
    {
        PreferencePair pair => [pair.First, pair.Second],
        ThumbExample thumb => [thumb.Answer],
        RankingExample ranking => ranking.Answers,
        RatingExample rating => [rating.Answer],
        CorrectionExample correction => [correction.Answer],
        DemonstrationExample { Suggestion: { } suggestion } => [suggestion],
        CommentExample comment => [comment.Answer],
        _ => [],
    };

    private Judgement? Pair(PreferencePair pair)
    {
        var outcome = pair switch
        {
            { BothBad: true } => PairOutcome.BothBad,
            { FirstPreferred: 0.5 } => PairOutcome.Tie,
            _ => pair.FirstPreferred > 0.5 ? PairOutcome.First : PairOutcome.Second,
        };
        return Answer(pair.Prompt, pair.First) is { } first && Answer(pair.Prompt, pair.Second) is { } second
            ? Judgement.Pair(pair.RaterId, first, second, outcome) with { IsChosen = pair.First.IsChosen || pair.Second.IsChosen }
            : null;
    }

    private Judgement? Thumb(ThumbExample thumb) =>
        Answer(thumb.Prompt, thumb.Answer) is { } answer ? Judgement.Thumb(thumb.RaterId, answer, thumb.Up) : null;

    private Judgement? Rating(RatingExample rating) =>
        Answer(rating.Prompt, rating.Answer) is { } answer ? Judgement.Rating(rating.RaterId, answer, rating.Stars) : null;

    /// <summary>The order of the answers that can be scored, if there are two.</summary>
    private Judgement? Ranking(RankingExample ranking)
    {
        var whole = ranking.Answers.Zip(ranking.Ranks, (a, rank) => (Answer: Answer(ranking.Prompt, a), Rank: rank))
            .Where(a => a.Answer is not null).ToList();
        return whole.Count >= 2
            ? Judgement.Ranking(ranking.RaterId, [.. whole.Select(a => a.Answer!)], [.. whole.Select(a => a.Rank)]) with
            {
                IsChosen = ranking.Answers.Any(a => a.IsChosen),
            }
            : null;
    }

    private Judgement? Correction(CorrectionExample correction) =>
        Answer(correction.Prompt, correction.Corrected) is { } corrected && Answer(correction.Prompt, correction.Answer) is { } shown
        && !corrected.Answer.SequenceEqual(shown.Answer)
            ? Judgement.Correction(correction.RaterId, corrected, shown)
            : null;

    private Judgement? Demonstration(DemonstrationExample demonstration, Func<DemonstrationExample, TokenizedAnswer?>? alternative)
    {
        var other = demonstration.Suggestion is { } suggestion ? Answer(demonstration.Prompt, suggestion) : alternative?.Invoke(demonstration);
        return other is not null && Answer(demonstration.Prompt, demonstration.Text) is { } written && !written.Answer.SequenceEqual(other.Answer)
            ? Judgement.Demonstration(demonstration.RaterId, written, other)
            : null;
    }

    private TokenizedAnswer? Answer(IReadOnlyList<PromptMessage> prompt, RatedAnswer answer)
    {
        // Answers that came without tokens (imported ones) are whole unless something cut them.
        if (answer.Tokens.Count == 0)
            return answer is { Text.Length: > 0, Finish: null or FinishReason.EndOfTurn } ? Answer(prompt, answer.Text) : null;
        return template.EndIds.Contains(answer.Tokens[^1]) ? Answer(prompt, answer.Tokens) : null;
    }

    private TokenizedAnswer? Answer(IReadOnlyList<PromptMessage> prompt, IReadOnlyList<int> answer) =>
        Prompt(prompt, answer.Count) is { } tokens ? new(tokens, answer) : null;
}
