using ChatLoop.Model.Tensors;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Preferences;

/// <summary>
/// Kahneman-Tversky optimisation (Ethayarajh et al. 2024, eq. 7 and 8): single answers that were liked or not, without pairs. With
/// r = log (policy / reference) of an answer and the reference point z0, its loss is w_D (1 - sigmoid(beta (r - z0))) when desirable
/// and w_U (1 - sigmoid(beta (z0 - r))) when not: gains and losses against z0, each flattening out.
/// </summary>
public static class KahnemanTversky
{
    /// <param name="logRatio">r: of whole answers, in nats, [N].</param>
    /// <param name="desirable">1 for an answer that was liked, 0 for one that was not, [N].</param>
    /// <param name="referencePoint">z0 of <see cref="ReferencePoint"/>, in nats, a scalar.</param>
    /// <param name="beta">Per nat.</param>
    /// <returns>Loss per answer, [N], from 0 to its weight.</returns>
    public static Tensor Loss(
        Tensor logRatio, Tensor desirable, Tensor referencePoint, double beta, double desirableWeight = 1, double undesirableWeight = 1)
    {
        var side = desirable.Times(2).Plus(-1);
        var weight = desirable.Times(desirableWeight).Plus(desirable.OneMinus().Times(undesirableWeight));
        return weight * (side * (logRatio - referencePoint)).Times(-beta).sigmoid();
    }

    /// <summary>
    /// z0 = max(0, mean log (policy / reference) of answers beside prompts that are not their own), an estimate of
    /// KL(policy || reference). A KL is never negative, so its estimate is not either; no gradient flows through it.
    /// </summary>
    /// <param name="mismatchedLogRatio">In nats, [M].</param>
    public static Tensor ReferencePoint(Tensor mismatchedLogRatio) => mismatchedLogRatio.detach().mean().relu();
}
