using System.Runtime.InteropServices;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Sampling;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Rollouts;

/// <summary>An answer as a user got it.</summary>
/// <param name="LogProbabilities">
/// Of each answer token under the version that sampled it, in nats, with bias, penalties, temperature and cut of <paramref name="Sampling"/>:
/// never to be compared with those of <see cref="AnswerLikelihood"/>, which are over the whole vocabulary (docs/adr/0011).
/// </param>
public sealed record ServedAnswer(TokenizedAnswer Tokens, IReadOnlyList<float> LogProbabilities, SamplingParameters Sampling)
{
    /// <summary>
    /// What a policy makes of answers by the distribution that each was sampled from: its own bias, temperature and cut, and penalties that
    /// look back at its own prompt and tokens.
    /// </summary>
    /// <exception cref="ArgumentException">An answer was sampled under a constraint (regex or JSON schema).</exception>
    /// <returns>Per answer, log-probability of the whole answer in nats; minus infinity where the policy's cut leaves a token out.</returns>
    public static double[] Evaluate(Transformer policy, IReadOnlyList<ServedAnswer> answers, int pad, int maxTokens, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        var sampler = new TokenSampler();
        var totals = new double[answers.Count];
        foreach (var group in LengthBuckets.Split([.. answers.Select(a => a.Tokens.Length)], maxTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = PaddedBatch.Of([.. group.Select(i => answers[i].Tokens)], pad);
            var hidden = policy.Hidden(batch.Tokens);
            var logits = policy.Logits(hidden.view(-1, hidden.shape[^1]).index_select(0, batch.PredictorRows)).contiguous();
            var values = MemoryMarshal.Cast<byte, float>(logits.bytes);
            var vocabulary = (int)logits.shape[^1];
            foreach (var index in group)
            {
                var answer = answers[index];
                var history = TokenHistory.For(answer.Sampling, answer.Tokens.Prompt);
                foreach (var token in answer.Tokens.Answer)
                {
                    totals[index] += sampler.LogProbability(values[..vocabulary], answer.Sampling, token, history);
                    history?.Append(token);
                    values = values[vocabulary..];
                }
            }
        }
        return totals;
    }

    /// <summary>
    /// How far answers that were served say anything about a policy: effective samples as a share of the answers, 1 where it would have
    /// given each as readily as the versions that did.
    /// </summary>
    public static double EffectiveShare(Transformer policy, IReadOnlyList<ServedAnswer> answers, RolloutSettings batching, CancellationToken cancellationToken)
    {
        var now = Evaluate(policy, answers, batching.Pad, batching.MicroBatchTokens, cancellationToken);
        double[] then = [.. answers.Select(a => a.LogProbabilities.Sum(p => (double)p))];
        var weights = ImportanceWeights.Truncated(now, then, ImportanceWeights.CapFor(answers.Count));
        return ImportanceWeights.EffectiveSampleSize(weights) / answers.Count;
    }
}
