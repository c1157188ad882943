using ChatLoop.Model.Tensors;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Ppo;

/// <summary>
/// The mean over all answer tokens of a minibatch that is worked through in micro-batches: each contributes sum / total, so that
/// the shares add up to the token mean whatever the grouping. (The mean of micro-batch means is another number, and weighs
/// tokens of short answers more.)
/// </summary>
/// <param name="TotalTokens">Answer tokens of the whole minibatch.</param>
public readonly record struct TokenMean(int TotalTokens)
{
    /// <param name="perToken">Any shape.</param>
    /// <param name="mask">1 where a token counts, else 0; null counts all.</param>
    /// <returns>This micro-batch's share of the mean, a scalar.</returns>
    public Tensor Share(Tensor perToken, Tensor? mask = null) => (mask is null ? perToken : perToken * mask).sum().Over(TotalTokens);
}
