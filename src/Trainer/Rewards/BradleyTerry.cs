using ChatLoop.Model.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Negative log-likelihood of pairwise judgements (Bradley and Terry 1952; Christiano et al. 2017, eq. 1), P(first better) =
/// sigmoid(r1 - r2), with soft labels: a tie is 0.5, so it pulls the two scores together.
/// </summary>
public static class BradleyTerry
{
    /// <param name="first">Scores of the first answers, [N].</param>
    /// <param name="second">Scores of the second answers, [N].</param>
    /// <param name="firstPreferred">Probability that the first is better according to the rater, [N].</param>
    /// <returns>Loss per pair, [N]. Finite for any difference.</returns>
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
