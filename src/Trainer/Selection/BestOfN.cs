using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Selection;

/// <summary>Choosing the best of n answers by their scores.</summary>
public static class BestOfN
{
    /// <summary>
    /// ln n - (n - 1) / n: KL of the best of n to the policy that it was drawn from, in nats per answer (Stiennon et al. 2020, appendix
    /// G.3). Exact where no two answers are alike, an upper bound elsewhere (Beirami et al. 2024).
    /// </summary>
    public static double Kl(int n) => Math.Log(n) - (n - 1.0) / n;

    /// <summary>
    /// The best finished answer of each group of n in order; groups without one are left out: an answer that was cut is not to be learned.
    /// </summary>
    public static IReadOnlyList<TokenizedAnswer> Choose(
        IReadOnlyList<(TokenizedAnswer Answer, double Score)> scored, int n, IReadOnlyCollection<int> endIds) =>
    [
        .. scored.Chunk(n).Select(group => group.Where(a => a.Answer.IsFinished(endIds)).ToArray())
            .Where(finished => finished.Length > 0).Select(finished => finished.MaxBy(a => a.Score).Answer),
    ];
}
