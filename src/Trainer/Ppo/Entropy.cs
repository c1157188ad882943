using static TorchSharp.torch;

namespace ChatLoop.Trainer.Ppo;

/// <summary>Shannon entropy of next-token distributions, in nats: logsumexp(z) - sum(p * z). Differentiable.</summary>
public static class Entropy
{
    /// <param name="logProbabilities">[N, V], normalised.</param>
    /// <returns>[N].</returns>
    public static Tensor Of(Tensor logProbabilities) => -(logProbabilities.exp() * logProbabilities).sum(-1);
}
