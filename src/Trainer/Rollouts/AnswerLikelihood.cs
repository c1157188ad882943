using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Rollouts;

/// <summary>
/// What a policy makes of given answers at temperature 1 over the whole vocabulary, the distribution that samples rollouts.
/// </summary>
/// <param name="LogProbabilities">Of each answer token, [N], in nats.</param>
/// <param name="Distributions">Log-probabilities of the whole vocabulary where each answer token was drawn, [N, V].</param>
public sealed record AnswerLikelihood(Tensor LogProbabilities, Tensor Distributions)
{
    /// <summary>
    /// Of the distribution that each answer token was drawn from, [N], in nats. Differentiable. Computed when asked for: with a large
    /// vocabulary it takes two more tensors of the distributions' size.
    /// </summary>
    public Tensor Entropy => Ppo.Entropy.Of(Distributions);

    /// <summary>Differentiable.</summary>
    public static AnswerLikelihood Of(Transformer policy, PaddedBatch batch)
    {
        var hidden = policy.Hidden(batch.Tokens);
        var predictors = hidden.view(-1, hidden.shape[^1]).index_select(0, batch.PredictorRows);
        var logProbabilities = policy.Logits(predictors).log_softmax(-1);
        return new(
            logProbabilities.gather(-1, batch.AnswerTokens.unsqueeze(-1)).squeeze(-1),
            logProbabilities);
    }

    /// <summary>Log-probability of each whole answer, the sum over its tokens, [B]. Differentiable.</summary>
    public static Tensor Totals(Transformer policy, PaddedBatch batch)
    {
        var perToken = Of(policy, batch).LogProbabilities;
        return stack([.. perToken.split([.. batch.AnswerLengths.Select(l => (long)l)]).Select(t => t.sum())]);
    }

    /// <summary>
    /// The same for any number of answers, without gradients, in micro-batches of at most <paramref name="maxTokens"/> tokens.
    /// </summary>
    /// <returns>Per answer and token, in the order of <paramref name="answers"/>.</returns>
    public static IReadOnlyList<TokenLikelihoods> Evaluate(
        Transformer policy, IReadOnlyList<TokenizedAnswer> answers, int pad, int maxTokens, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        var all = new TokenLikelihoods[answers.Count];
        foreach (var group in LengthBuckets.Split([.. answers.Select(a => a.Length)], maxTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = PaddedBatch.Of([.. group.Select(i => answers[i])], pad);
            var likelihood = Of(policy, batch);
            var (packedLog, packedEntropy) = (likelihood.LogProbabilities.data<float>().ToArray(), likelihood.Entropy.data<float>().ToArray());
            var start = 0;
            for (var row = 0; row < group.Length; row++)
            {
                var length = batch.AnswerLengths[row];
                all[group[row]] = new(packedLog[start..(start + length)], packedEntropy[start..(start + length)]);
                start += length;
            }
        }
        return all;
    }
}

/// <summary>One answer's tokens: their log-probabilities and the entropies of the distributions, in nats.</summary>
public sealed record TokenLikelihoods(float[] LogProbabilities, float[] Entropy)
{
    public double Total => LogProbabilities.Sum(p => (double)p);
}
