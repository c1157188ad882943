using ChatLoop.Grains.Feedback;
using ChatLoop.Trainer.Brigading;

namespace ChatLoop.Grains.Quarantine;

/// <summary>What a verdict or ranking preferred to what, in words.</summary>
internal static class VerdictText
{
    /// <summary>The best answer and the worst; null where all are as good.</summary>
    public static ComparedText? Of(UsableJudgement judgement)
    {
        if (SaidRanks.Of(judgement.Submission) is not { } ranks) return null;
        var answers = judgement.Context.Answers.Zip(ranks).ToList();
        var (best, worst) = (answers.MinBy(a => a.Second), answers.MaxBy(a => a.Second));
        return best.Second < worst.Second ? new(judgement.FeedbackId, judgement.UserId, best.First.Text, worst.First.Text) : null;
    }
}
