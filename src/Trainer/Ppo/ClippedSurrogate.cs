using ChatLoop.Model.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Ppo;

/// <summary>
/// PPO's policy loss (Schulman et al. 2017, eq. 7), per token: max(-A * ratio, -A * clip(ratio, 1 - epsilon, 1 + epsilon)) with
/// ratio = exp(log policy - log old policy). All tensors are [N], one entry per answer token; padding is not among them.
/// </summary>
/// <param name="Loss">Per token; differentiable.</param>
/// <param name="Ratio">Per token.</param>
/// <param name="Clipped">1 where the clipped term is the larger one, so that the token has no gradient.</param>
/// <param name="ApproximateKl">(log policy - log old policy)^2 / 2, per token: how far this update has moved.</param>
public sealed record ClippedSurrogate(Tensor Loss, Tensor Ratio, Tensor Clipped, Tensor ApproximateKl)
{
    public static ClippedSurrogate Evaluate(Tensor logPolicy, Tensor logOld, Tensor advantages, double epsilon)
    {
        var logRatio = logPolicy - logOld;
        var ratio = logRatio.exp();
        var free = -advantages * ratio;
        var clipped = -advantages * ratio.Clamped(1 - epsilon, 1 + epsilon);
        return new(
            torch.maximum(free, clipped),
            ratio.detach(),
            clipped.detach().gt(free.detach()).to(ScalarType.Float32),
            logRatio.detach().Squared().Times(0.5));
    }
}
