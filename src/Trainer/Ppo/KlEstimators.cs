using ChatLoop.Model.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Ppo;

/// <summary>The estimators by name.</summary>
public enum KlEstimator { K1, K2, K3 }

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

    /// <summary>
    /// One token's estimate as a penalty in the reward. Rewards are not differentiated, so what the policy gradient misses is the slope of
    /// the estimate itself. Its mean is zero for k1 alone: only with k1 is the penalty that of KL(policy || reference), and the optimum
    /// reference * exp(score / beta) / Z (Tang and Munos 2025). k2 and k3 are never negative, vary less, and hold the policy near the
    /// reference by penalties of their own: k2 grows with the square of the log-ratio on both sides, k3 exponentially where a token has
    /// become rarer than in the reference and linearly where it has become more frequent.
    /// </summary>
    public static double Penalty(KlEstimator estimator, double logPolicy, double logReference)
    {
        var logRatio = logReference - logPolicy;
        return estimator switch
        {
            KlEstimator.K1 => -logRatio,
            KlEstimator.K2 => logRatio * logRatio / 2,
            KlEstimator.K3 => double.ExpM1(logRatio) - logRatio,
            _ => throw new ArgumentOutOfRangeException(nameof(estimator), estimator, null),
        };
    }
}
