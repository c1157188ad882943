using System.Numerics;
using ChatLoop.Model.Tensors;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Rewards.Likelihoods;

/// <summary>
/// Rankings with ties (Firth, Kosmidis and Turner 2019, "Davidson-Luce model for multi-item choice with ties"). From the best on, a
/// rater picks among all sets of the answers that remain; a set of m tied answers is worth the mean of their scores plus
/// (m - 1) log nu. Without ties (nu -> 0) it is Plackett-Luce (Plackett 1975); of two answers it is <see cref="Davidson"/>.
/// Scores: n answers by K heads, [n, K].
/// </summary>
public static class DavidsonLuce
{
    /// <param name="ranks">One per answer, 1 the best; equal ranks are ties.</param>
    /// <param name="logTie">log nu, a scalar.</param>
    /// <returns>Loss per head, [K].</returns>
    public static Tensor Loss(Tensor scores, IReadOnlyList<int> ranks, Tensor logTie)
    {
        var remaining = (1u << ranks.Count) - 1;
        var loss = zeros_like(scores.select(0, 0));
        foreach (var group in ranks.Index().GroupBy(r => r.Item, r => r.Index).OrderBy(g => g.Key))
        {
            var chosen = group.Aggregate(0u, (set, answer) => set | 1u << answer);
            uint[] sets = [.. Enumerable.Range(1, (1 << ranks.Count) - 1).Select(s => (uint)s).Where(s => (s & ~remaining) == 0)];
            var worth = Means(sets, ranks.Count, scores.dtype).matmul(scores).Plus(TiedBeyondOne(sets, scores.dtype) * logTie);
            loss = loss.Plus(worth.logsumexp(0) - worth.select(0, Array.IndexOf(sets, chosen)));
            remaining &= ~chosen;
        }
        return loss;
    }

    /// <summary>1 / m at the members of each set, [sets, n].</summary>
    private static Tensor Means(uint[] sets, int answers, ScalarType type)
    {
        var means = new double[sets.Length * answers];
        for (var s = 0; s < sets.Length; s++)
            for (var answer = 0; answer < answers; answer++)
                if ((sets[s] >> answer & 1) != 0) means[s * answers + answer] = 1.0 / BitOperations.PopCount(sets[s]);
        return tensor(means, [sets.Length, answers], dtype: type);
    }

    /// <summary>m - 1, [sets, 1].</summary>
    private static Tensor TiedBeyondOne(uint[] sets, ScalarType type) =>
        tensor([.. sets.Select(s => BitOperations.PopCount(s) - 1.0)], [sets.Length, 1], dtype: type);
}
