using ChatLoop.Model.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Negative log-likelihood of thumbs: P(up) = sigmoid(r), the choice between an answer and a fixed alternative of score 0
/// (Jeon et al. 2020).
/// </summary>
public static class ThumbLikelihood
{
    /// <param name="scores">[N].</param>
    /// <param name="up">1 for up, 0 for down, [N].</param>
    /// <returns>Loss per thumb, [N].</returns>
    public static Tensor Loss(Tensor scores, Tensor up) =>
        (up * logsigmoid(scores)).Plus(up.OneMinus() * logsigmoid(-scores)).neg();
}
