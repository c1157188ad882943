using ChatLoop.Model.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Trainer.Rewards.Likelihoods;

/// <summary>
/// Negative log-likelihood of thumbs: P(up) = sigmoid(r), the choice between an answer and a fixed alternative of score 0
/// (Jeon et al. 2020). What was read in a comment is a soft thumb. Shapes: N thumbs; scores are [N] or, by K heads, [N, K].
/// </summary>
public static class ThumbLikelihood
{
    /// <param name="up">1 for up, 0 for down, between them for a soft thumb, [N] or [N, 1].</param>
    /// <returns>Loss per thumb, shaped like the scores.</returns>
    public static Tensor Loss(Tensor scores, Tensor up) =>
        (up * logsigmoid(scores)).Plus(up.OneMinus() * logsigmoid(-scores)).neg();
}
