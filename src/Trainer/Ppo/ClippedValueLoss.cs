using ChatLoop.Model.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Ppo;

/// <summary>
/// PPO's value loss (OpenAI baselines; Huang et al. 2023), per token: max((V - R)^2, (clip(V, V_old - c, V_old + c) - R)^2) / 2.
/// All tensors are [N], one entry per answer token.
/// </summary>
/// <param name="Loss">Per token; differentiable.</param>
/// <param name="Clipped">1 where the clipped term is the larger one.</param>
public sealed record ClippedValueLoss(Tensor Loss, Tensor Clipped)
{
    public static ClippedValueLoss Evaluate(Tensor values, Tensor oldValues, Tensor returns, double clip)
    {
        var near = torch.minimum(torch.maximum(values, oldValues.Plus(-clip)), oldValues.Plus(clip));
        var free = (values - returns).Squared();
        var clipped = (near - returns).Squared();
        return new(torch.maximum(free, clipped).Times(0.5), clipped.detach().gt(free.detach()).to(ScalarType.Float32));
    }
}
