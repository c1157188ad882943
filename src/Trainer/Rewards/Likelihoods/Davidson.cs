using ChatLoop.Model.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Trainer.Rewards.Likelihoods;

/// <summary>What a rater said about two answers, in the order of the likelihood's rows.</summary>
public enum PairOutcome { First, Second, Tie, BothBad }

/// <summary>
/// Pairs with ties (Davidson 1970): a choice among the first answer, the second, and "either", which is worth their mean plus log nu:
/// <c>P(first) : P(second) : P(tie) = exp(r1) : exp(r2) : nu * exp((r1 + r2) / 2)</c>. Without ties (nu -> 0) it is Bradley-Terry, and
/// then a tie's gradient is the one of a soft label of 1/2. Of those who would say tie, who finds both answers below the neutral
/// point 0 says "both bad" with a probability c, the candour: <c>P(both bad | tie) = c * sigmoid(-r1) * sigmoid(-r2)</c>.
/// Shapes: N pairs; scores are [N] or, by K heads, [N, K].
/// </summary>
public static class Davidson
{
    /// <param name="logTie">log nu, a scalar.</param>
    /// <param name="candour">In (0, 1).</param>
    /// <returns>Of the verdicts of <see cref="PairOutcome"/>, [4, ..scores]; they sum to one.</returns>
    public static Tensor LogProbabilities(Tensor first, Tensor second, Tensor logTie, double candour)
    {
        var either = first.Plus(second).Over(2).Plus(logTie);
        var choice = log_softmax(stack([first, second, either]), 0).unbind(0);
        var logBad = logsigmoid(-first).Plus(logsigmoid(-second)).Plus(Math.Log(candour));
        return stack([choice[0], choice[1], choice[2].Plus(logBad.exp().neg().log1p()), choice[2].Plus(logBad)]);
    }

    /// <param name="verdicts">Which row each pair chose, one-hot, [4, N] or [4, N, 1].</param>
    /// <returns>Loss per pair, shaped like the scores. Finite for any difference.</returns>
    public static Tensor Loss(Tensor first, Tensor second, Tensor verdicts, Tensor logTie, double candour) =>
        (verdicts * LogProbabilities(first, second, logTie, candour)).sum(dim: 0).neg();

    /// <summary>
    /// The nu that explains the ties among answers of equal score: P(tie) = nu / (2 + nu). One decided pair and one tie are added
    /// to what was seen, so that neither is thought impossible.
    /// </summary>
    public static double TieOf(int decided, int ties) => 2.0 * (ties + 1) / (decided + 1);

    /// <summary>
    /// The share of "both bad" among ties, one of each added. Fixed, not learned: who says it is the page's matter, not the answers'.
    /// Where nobody ever said it, a plain tie tells nothing about the level.
    /// </summary>
    public static double CandourOf(int ties, int bothBad) => (bothBad + 1.0) / (ties + bothBad + 2.0);
}
