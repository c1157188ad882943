using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Feedback;
using ChatLoop.Trainer.Feedback;

namespace ChatLoop.Grains.Learning;

/// <summary>Makes a run's batch of the judgements that are usable when it starts.</summary>
public static class FrozenBatch
{
    /// <summary>
    /// The split is by a hash of the prompt, so that a prompt is on the same side in every run. If that puts all pairs on one side,
    /// the pair's prompt nearest to the border changes sides, because training and gate both need one.
    /// </summary>
    public static FeedbackBatch Of(string runId, IReadOnlyList<UsableJudgement> judgements, double heldOutShare)
    {
        var heldOut = HeldOutPrompts(judgements, heldOutShare);
        var sides = judgements.ToLookup(j => heldOut.Contains(TextOf(j.Context.Prompt)));
        return new()
        {
            RunId = runId,
            Training = SetOf(sides[false]),
            HeldOut = SetOf(sides[true]),
        };
    }

    /// <summary>Whether judgements of answers to this prompt only measure; but for the one prompt that changes sides.</summary>
    public static bool IsHeldOut(IReadOnlyList<PromptMessage> prompt, double heldOutShare) => UnitPosition.Of(TextOf(prompt)) < heldOutShare;

    private static JudgementSet SetOf(IEnumerable<UsableJudgement> judgements)
    {
        var kinds = judgements.ToLookup(j => j.Submission.Kind);
        return new()
        {
            Pairs = kinds[FeedbackKind.Pair].Select(ToPair).ToArray(),
            Thumbs = kinds[FeedbackKind.Thumb].Select(ToThumb).ToArray(),
            Rankings = kinds[FeedbackKind.Ranking].Select(ToRanking).ToArray(),
            Ratings = kinds[FeedbackKind.Rating].Select(ToRating).ToArray(),
            Corrections = kinds[FeedbackKind.Correction].Select(ToCorrection).ToArray(),
            Demonstrations = kinds[FeedbackKind.Demonstration].Select(ToDemonstration).ToArray(),
            // Words beside a verdict on one answer say why, as those that stand alone do.
            Comments = judgements.Where(j => j.Submission is { Comment: not null, Kind: not (FeedbackKind.Pair or FeedbackKind.Ranking or FeedbackKind.Demonstration) })
                .Select(ToComment).ToArray(),
        };
    }

    private static HashSet<string> HeldOutPrompts(IReadOnlyList<UsableJudgement> judgements, double share)
    {
        var compared = Texts(judgements.Where(j => Judgement.IsComparison(j.Submission.Kind))).OrderBy(UnitPosition.Of).ToArray();
        var count = compared.Length < 2 ? 0 : Math.Clamp(compared.Count(text => UnitPosition.Of(text) < share), 1, compared.Length - 1);
        return [.. compared.Take(count), .. Texts(judgements).Except(compared).Where(text => UnitPosition.Of(text) < share)];

        static IEnumerable<string> Texts(IEnumerable<UsableJudgement> judgements) => judgements.Select(j => TextOf(j.Context.Prompt)).Distinct(StringComparer.Ordinal);
    }

    private static string TextOf(IReadOnlyList<PromptMessage> prompt) => string.Join('\u001e', prompt.Select(m => $"{m.Role}\u001f{m.Text}"));

    private static PreferencePair ToPair(UsableJudgement judgement) => new(
        judgement.FeedbackId, judgement.UserId, judgement.Context.Prompt, judgement.Context.Answers[0], judgement.Context.Answers[1],
        judgement.Submission.Verdict switch { PairVerdict.Left => 1, PairVerdict.Right => 0, _ => 0.5 },
        BothBad: judgement.Submission.Verdict == PairVerdict.BothBad);

    private static ThumbExample ToThumb(UsableJudgement judgement) => new(
        judgement.FeedbackId, judgement.UserId, judgement.Context.Prompt, judgement.Context.Answers[0], judgement.Submission.Thumb == Thumb.Up);

    private static RankingExample ToRanking(UsableJudgement judgement) => new(
        judgement.FeedbackId, judgement.UserId, judgement.Context.Prompt, judgement.Context.Answers, judgement.Submission.Ranks!.Values);

    private static RatingExample ToRating(UsableJudgement judgement) => new(
        judgement.FeedbackId, judgement.UserId, judgement.Context.Prompt, judgement.Context.Answers[0], judgement.Submission.Stars!.Value);

    private static CorrectionExample ToCorrection(UsableJudgement judgement) => new(
        judgement.FeedbackId, judgement.UserId, judgement.Context.Prompt, judgement.Context.Answers[0], judgement.Submission.Text!);

    private static DemonstrationExample ToDemonstration(UsableJudgement judgement) => new(
        judgement.FeedbackId, judgement.UserId, judgement.Context.Prompt, judgement.Submission.Text!, judgement.Context.Answers is [var suggestion] ? suggestion : null);

    private static CommentExample ToComment(UsableJudgement judgement) => new(
        judgement.FeedbackId, judgement.UserId, judgement.Context.Prompt, judgement.Context.Answers[0], judgement.Submission.Comment!);
}
