using ChatLoop.Contracts.Feedback;

namespace ChatLoop.Grains.Feedback;

/// <summary>What a verdict or a ranking says of the compared answers, in the order shown: 1 is the best, equal ranks are ties.</summary>
internal static class SaidRanks
{
    /// <returns>Null for a skip, and for a judgement that compares nothing.</returns>
    public static IReadOnlyList<int>? Of(FeedbackSubmission submission) => submission switch
    {
        { Verdict: PairVerdict.Left } => [1, 2],
        { Verdict: PairVerdict.Right } => [2, 1],
        { Verdict: PairVerdict.Tie or PairVerdict.BothBad } => [1, 1],
        { Ranks.Values: var ranks } => ranks,
        _ => null,
    };
}
