using static TorchSharp.torch;

namespace ChatLoop.Trainer.Rollouts;

/// <summary>
/// A micro-batch: B sequences padded on the right to T tokens, and where their N answer tokens are. What is computed per answer
/// token is packed, [N], sequence after sequence, so that padding and prompts are in no mean, no loss and no metric.
/// Owns its tensors.
/// </summary>
public sealed class PaddedBatch : IDisposable
{
    private PaddedBatch(
        Tensor tokens, Tensor answerMask, Tensor predictorRows, Tensor answerTokens, Tensor lastRows, IReadOnlyList<int> answerLengths)
    {
        Tokens = Own(tokens);
        AnswerMask = Own(answerMask);
        PredictorRows = Own(predictorRows);
        AnswerTokens = Own(answerTokens);
        LastRows = Own(lastRows);
        AnswerLengths = answerLengths;
    }

    /// <summary>[B, T] int64.</summary>
    public Tensor Tokens { get; }
    /// <summary>1 at answer tokens, 0 at those of prompts and padding, [B, T, 1].</summary>
    public Tensor AnswerMask { get; }
    /// <summary>Rows of the flattened [B * T, D] hidden states from which each answer token is predicted, [N] int64.</summary>
    public Tensor PredictorRows { get; }
    /// <summary>The answer tokens themselves, [N] int64.</summary>
    public Tensor AnswerTokens { get; }
    /// <summary>Row of each sequence's last token, [B] int64.</summary>
    public Tensor LastRows { get; }
    /// <summary>Answer tokens of each sequence; they add up to N.</summary>
    public IReadOnlyList<int> AnswerLengths { get; }

    public int TokenCount => AnswerLengths.Sum();

    /// <param name="pad">Any token: padding reaches nothing, because attention is causal and padding is on the right.</param>
    public static PaddedBatch Of(IReadOnlyList<TokenizedAnswer> answers, int pad)
    {
        var longest = answers.Max(a => a.Length);
        var tokens = new long[answers.Count * longest];
        var mask = new float[tokens.Length];
        Array.Fill(tokens, pad);
        List<long> predictors = [], targets = [], last = [];
        for (var row = 0; row < answers.Count; row++)
        {
            var (prompt, answer) = (answers[row].Prompt, answers[row].Answer);
            var start = row * longest;
            for (var t = 0; t < prompt.Count; t++) tokens[start + t] = prompt[t];
            for (var t = 0; t < answer.Count; t++)
            {
                tokens[start + prompt.Count + t] = answer[t];
                mask[start + prompt.Count + t] = 1;
                predictors.Add(start + prompt.Count + t - 1);
                targets.Add(answer[t]);
            }
            last.Add(start + answers[row].Length - 1);
        }
        using var scope = NewDisposeScope();
        return new(
            tensor(tokens).view(answers.Count, longest), tensor(mask).view(answers.Count, longest, 1), tensor(predictors.ToArray()), tensor(targets.ToArray()),
            tensor(last.ToArray()), [.. answers.Select(a => a.Answer.Count)]);
    }

    public void Dispose()
    {
        Tokens.Dispose();
        AnswerMask.Dispose();
        PredictorRows.Dispose();
        AnswerTokens.Dispose();
        LastRows.Dispose();
    }

    private static Tensor Own(Tensor tensor) => tensor.DetachFromDisposeScope();
}
