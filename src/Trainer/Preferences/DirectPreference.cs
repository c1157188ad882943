using ChatLoop.Model.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Trainer.Preferences;

/// <summary>
/// Direct preference optimisation (Rafailov et al. 2023, eq. 7) with soft labels: -p log sigmoid(beta h) - (1 - p) log sigmoid(-beta h).
/// beta log(policy / reference) is the reward that the policy implies, so this is Bradley-Terry on the policy itself. p = 1 - e
/// for e chance of a wrong label is conservative DPO (Mitchell 2023); a tie is p = 0.5 and pulls h to 0.
/// </summary>
public static class DirectPreference
{
    /// <param name="margin">h of <see cref="LogRatioMargin"/>, in nats, [N].</param>
    /// <param name="firstPreferred">p: probability that the first answer is the better one, [N].</param>
    /// <param name="beta">Reward per nat: the larger, the nearer to the reference.</param>
    /// <returns>Loss per pair, [N]. Finite for any margin.</returns>
    public static Tensor Loss(Tensor margin, Tensor firstPreferred, double beta)
    {
        var reward = margin.Times(beta);
        return (firstPreferred * logsigmoid(reward)).Plus(firstPreferred.OneMinus() * logsigmoid(-reward)).neg();
    }
}
