using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Gates;

/// <summary>Samples policies on held-out prompts and measures what the gate judges by.</summary>
internal sealed class GateMeasurement(
    TrainingWorkers workers, RolloutSettings sampling, Transformer reference, RewardModel rewardModel, double unfinishedScore)
{
    /// <param name="prompts">In tokens; used in turn until <paramref name="answers"/> answers are sampled.</param>
    /// <param name="known">Known good answers.</param>
    /// <param name="seed">The same for all policies of a comparison, so that luck is shared as far as possible.</param>
    /// <returns>Null when the policy's likelihoods are not finite: it cannot be sampled.</returns>
    public PolicyEvidence? Measure(
        Transformer policy, IReadOnlyList<IReadOnlyList<int>> prompts, int answers, IReadOnlyList<TokenizedAnswer> known, long seed,
        CancellationToken cancellationToken)
    {
        var likelihoods = AnswerLikelihood.Evaluate(policy, known, sampling.Pad, sampling.MicroBatchTokens, cancellationToken);
        var knownAnswers = likelihoods.Sum(l => l.Total) / likelihoods.Sum(l => l.LogProbabilities.Length);
        if (!double.IsFinite(knownAnswers)) return null;

        var drawn = Enumerable.Range(0, answers).Select(i => prompts[i % prompts.Count]).ToArray();
        TokenizedAnswer[] sampled = [.. RolloutSampler.Sample(policy, drawn, sampling, seed, workers, cancellationToken).Select(r => r.Tokens)];
        IReadOnlyList<TokenLikelihoods> ofPolicy = [], ofReference = [];
        double[] scores = [];
        workers.Run(
            () => ofPolicy = AnswerLikelihood.Evaluate(policy, sampled, sampling.Pad, sampling.MicroBatchTokens, cancellationToken),
            () => ofReference = AnswerLikelihood.Evaluate(reference, sampled, sampling.Pad, sampling.MicroBatchTokens, cancellationToken),
            () => scores = rewardModel.Scores(sampled, sampling.Pad, sampling.MicroBatchTokens, cancellationToken));
        return new()
        {
            Reward = Enumerable.Range(0, answers).Average(i => sampled[i].IsFinished(sampling.EndOfTurn) ? scores[i] : unfinishedScore),
            Kl = Enumerable.Range(0, answers).Average(i => ofPolicy[i].Total - ofReference[i].Total),
            Entropy = ofPolicy.SelectMany(l => l.Entropy).Average(e => (double)e),
            Distinct2 = DistinctN.Of(sampled.Select(a => a.Answer), 2),
            AnswerTokens = sampled.Average(a => (double)a.Answer.Count),
            Finished = sampled.Average(a => a.IsFinished(sampling.EndOfTurn) ? 1.0 : 0.0),
            KnownAnswers = knownAnswers,
        };
    }

    public static long NonFiniteWeights(TransformerWeights weights)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return weights.Parameters.Sum(p => p.isfinite().logical_not().sum().item<long>());
    }
}
