using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
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
    /// the prompt nearest to the border changes sides, because training and gate both need one.
    /// </summary>
    public static FeedbackBatch Of(string runId, IReadOnlyList<UsableJudgement> judgements, double heldOutShare)
    {
        var pairs = judgements.Where(j => j.Submission.Kind == FeedbackKind.Pair).Select(ToPair).ToArray();
        var heldOut = HeldOutPrompts([.. pairs.Select(p => p.Prompt)], heldOutShare);
        return new()
        {
            RunId = runId,
            TrainingPairs = pairs.Where(p => !heldOut.Contains(TextOf(p.Prompt))).ToArray(),
            HeldOutPairs = pairs.Where(p => heldOut.Contains(TextOf(p.Prompt))).ToArray(),
            // A thumb on a held-out prompt would train on it.
            Thumbs = judgements.Where(j => j.Submission.Kind == FeedbackKind.Thumb && !heldOut.Contains(TextOf(j.Context.Prompt)))
                .Select(ToThumb).ToArray(),
            LastSequence = judgements.Select(j => j.Sequence).DefaultIfEmpty(0).Max(),
        };
    }

    private static HashSet<string> HeldOutPrompts(IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, double share)
    {
        var byPosition = prompts.Select(TextOf).Distinct(StringComparer.Ordinal).OrderBy(PositionOf).ToArray();
        if (byPosition.Length < 2) return [];
        var count = byPosition.Count(text => PositionOf(text) < share);
        return [.. byPosition.Take(Math.Clamp(count, 1, byPosition.Length - 1))];
    }

    /// <summary>Where a prompt lies in [0, 1), the same on every machine.</summary>
    private static double PositionOf(string text) =>
        BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text))) / (uint.MaxValue + 1.0);

    private static string TextOf(IReadOnlyList<PromptMessage> prompt) => string.Join('\u001e', prompt.Select(m => $"{m.Role}\u001f{m.Text}"));

    private static PreferencePair ToPair(UsableJudgement judgement) => new(
        judgement.FeedbackId, judgement.UserId, judgement.Context.Prompt, judgement.Context.Answers[0], judgement.Context.Answers[1],
        judgement.Submission.Verdict switch { PairVerdict.Left => 1, PairVerdict.Right => 0, _ => 0.5 });

    private static ThumbExample ToThumb(UsableJudgement judgement) => new(
        judgement.FeedbackId, judgement.UserId, judgement.Context.Prompt, judgement.Context.Answers[0], judgement.Submission.Thumb == Thumb.Up);
}
