using ChatLoop.Model.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Ppo;

/// <summary>
/// Per-token estimators of KL(policy || reference) from tokens that the policy sampled, with log r = log reference - log policy
/// (Schulman 2020, "Approximating KL divergence"). k1 belongs into the reward: as a loss its expected gradient is zero. k2 is the
/// one to use as a loss. k3 is for logging: as a loss its gradient is that of KL(reference || policy).
/// </summary>
public static class KlEstimators
{
    /// <summary>-log r: unbiased, any sign.</summary>
    public static Tensor K1(Tensor logPolicy, Tensor logReference) => logPolicy - logReference;

    /// <summary>(log r)^2 / 2: biased, never negative, low variance.</summary>
    public static Tensor K2(Tensor logPolicy, Tensor logReference) => (logReference - logPolicy).Squared().Times(0.5);

    /// <summary>r - 1 - log r: unbiased and never negative.</summary>
    public static Tensor K3(Tensor logPolicy, Tensor logReference)
    {
        var logRatio = logReference - logPolicy;
        return torch.expm1(logRatio) - logRatio;
    }
}
