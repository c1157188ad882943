using ChatLoop.Model.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Trainer.Rewards.Likelihoods;

/// <summary>
/// Negative log-likelihood of a choice between two answers (Bradley and Terry 1952; Christiano et al. 2017, eq. 1), P(first better)
/// = sigmoid(r1 - r2): corrections and demonstrations, where no tie can be said. Pairs have ties: <see cref="Davidson"/>.
/// Shapes: N choices; scores are [N] or, by K heads, [N, K].
/// </summary>
public static class BradleyTerry
{
    /// <param name="first">Scores of the first answers.</param>
    /// <param name="second">Scores of the second answers.</param>
    /// <param name="firstPreferred">Probability that the first is better according to the rater, [N] or [N, 1].</param>
    /// <returns>Loss per choice, shaped like the scores. Finite for any difference.</returns>
    public static Tensor Loss(Tensor first, Tensor second, Tensor firstPreferred)
    {
        var difference = first - second;
        var logLikelihood = (firstPreferred * logsigmoid(difference)).Plus(firstPreferred.OneMinus() * logsigmoid(-difference));
        return -logLikelihood;
    }

    /// <summary>
    /// (r1 + r2)^2 per pair: pairs fix differences only; this holds the level near zero (Eisenstein et al. 2023).
    /// </summary>
    public static Tensor Centring(Tensor first, Tensor second) => first.Plus(second).Squared();
}
