using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Grains.Feedback;

namespace ChatLoop.Grains.Canaries;

public enum VoteOutcome { Win, Loss, Tie }

/// <summary>What a person said of the canary's answer beside the live version's.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.CanaryVote")]
public sealed record CanaryVote([property: Id(0)] string UserId, [property: Id(1)] VoteOutcome Outcome, [property: Id(2)] long Sequence)
{
    /// <summary>Null unless the judgement compares an answer that is the canary's alone with one that is the live version's alone.</summary>
    public static CanaryVote? Of(UsableJudgement judgement, CanaryTrial trial)
    {
        if (SaidRanks.Of(judgement.Submission) is not { } ranks) return null;
        var answers = judgement.Context.Answers.Zip(ranks).ToArray();
        var canary = answers.Where(a => IsOf(a.First, trial.Version)).ToArray();
        var live = answers.Where(a => IsOf(a.First, trial.Baseline)).ToArray();
        if (canary.Length == 0 || live.Length == 0) return null;
        // Of a ranking of several: which version's answers win more of the pairs.
        var lead = (from mine in canary from other in live select Math.Sign(other.Second - mine.Second)).Sum();
        return new(judgement.UserId, lead switch { > 0 => VoteOutcome.Win, < 0 => VoteOutcome.Loss, _ => VoteOutcome.Tie }, judgement.Sequence);
    }

    /// <summary>Whether it can be a vote of any trial: its answers are of more than one version.</summary>
    public static bool IsPossible(RatedContext context) =>
        context.Answers.SelectMany(a => a.Versions).Select(v => v.Version).Distinct().Skip(1).Any();

    private static bool IsOf(RatedAnswer answer, int version) => answer.Versions is [var only] && only.Version == version;
}
