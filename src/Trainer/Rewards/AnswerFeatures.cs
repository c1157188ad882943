using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// What a reward model's heads and the critic read at a token: the trunk's hidden state there, and the sums, over the answer's tokens up
/// to there, of their embeddings and of their hidden states. The last state alone was trained to predict the next token and keeps little
/// of what was said; the sums let a score be a sum over the answer's tokens, which few judgements suffice to learn
/// (docs/adr/0019-the-heads-are-fitted-before-the-trunk.md).
/// </summary>
public static class AnswerFeatures
{
    private const int Parts = 3;

    /// <summary>How many numbers, F, for D hidden ones.</summary>
    public static int SizeFor(int hiddenSize) => Parts * hiddenSize;

    /// <summary>The hidden state alone, [F] -> [D].</summary>
    public static ReadOnlySpan<float> LastState(float[] features) => features.AsSpan(0, features.Length / Parts);

    /// <param name="rows">Of the flattened [B * T] tokens, [R] int64.</param>
    /// <returns>[R, F]. Differentiable.</returns>
    public static Tensor At(Transformer trunk, PaddedBatch batch, Tensor rows)
    {
        var hidden = trunk.Hidden(batch.Tokens);
        return cat([Rows(hidden), Rows(Sums(trunk.Words(batch.Tokens))), Rows(Sums(hidden))], 1);

        Tensor Rows(Tensor x) => x.reshape(-1, x.shape[^1]).index_select(0, rows);
        Tensor Sums(Tensor x) => (x * batch.AnswerMask).cumsum(1);
    }

    /// <summary>At the last tokens of any number of answers, without gradients, [F] each, in their order.</summary>
    public static IReadOnlyList<float[]> Of(
        Transformer trunk, IReadOnlyList<TokenizedAnswer> answers, int pad, int maxTokens, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        var features = new float[answers.Count][];
        foreach (var group in LengthBuckets.Split([.. answers.Select(a => a.Length)], maxTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = PaddedBatch.Of([.. group.Select(i => answers[i])], pad);
            var seen = At(trunk, batch, batch.LastRows);
            foreach (var (row, values) in seen.contiguous().data<float>().ToArray().Chunk((int)seen.shape[1]).Index()) features[group[row]] = values;
        }
        return features;
    }
}
