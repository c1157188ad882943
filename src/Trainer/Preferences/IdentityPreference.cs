using ChatLoop.Model.Tensors;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Preferences;

/// <summary>
/// Identity preference optimisation (Azar et al. 2023, eq. 17): (h - 1 / (2 beta))^2 for a first answer that was preferred. The margin
/// has a goal, so that certain labels do not push it without end as DPO's do. A soft label p takes the mean over its two outcomes,
/// p (h - 1 / (2 beta))^2 + (1 - p) (h + 1 / (2 beta))^2, which is least at h = (2 p - 1) / (2 beta): at 0 for a tie.
/// </summary>
/// <remarks>h sums over tokens as the paper's does; TRL's average over them makes the goal depend on the answers' lengths.</remarks>
public static class IdentityPreference
{
    /// <param name="margin">h of <see cref="LogRatioMargin"/>, in nats, [N].</param>
    /// <param name="firstPreferred">p: probability that the first answer is the better one, [N].</param>
    /// <param name="beta">1 / (2 beta) nats is the margin that a certain label asks for (beta is the paper's tau).</param>
    /// <returns>Loss per pair in nats squared, [N].</returns>
    public static Tensor Loss(Tensor margin, Tensor firstPreferred, double beta)
    {
        var goal = 1 / (2 * beta);
        return (firstPreferred * margin.Plus(-goal).Squared()).Plus(firstPreferred.OneMinus() * margin.Plus(goal).Squared());
    }
}
