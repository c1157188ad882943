using static TorchSharp.torch;

namespace ChatLoop.Trainer.Preferences;

/// <summary>
/// h = log (policy(y1|x) / reference(y1|x)) - log (policy(y2|x) / reference(y2|x)), in nats: how much more the policy has moved
/// towards the first answer than towards the second. All that DPO and IPO see of a pair.
/// </summary>
public static class LogRatioMargin
{
    /// <param name="logPolicyFirst">Log-probability of the whole first answer, summed over its tokens, [N]; the others alike.</param>
    /// <returns>[N], differentiable.</returns>
    public static Tensor Of(Tensor logPolicyFirst, Tensor logReferenceFirst, Tensor logPolicySecond, Tensor logReferenceSecond) =>
        (logPolicyFirst - logReferenceFirst) - (logPolicySecond - logReferenceSecond);
}
