using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Ppo;

/// <summary>Samples answers and works out, side by side, what policy, reference and reward model make of them.</summary>
internal sealed class RolloutScoring(
    PpoOptions options, RolloutSettings sampling, TrainingWorkers workers, Transformer policy, Transformer reference, RewardModel rewardModel)
{
    /// <summary>Sampler and trainer run the same weights: their log-probabilities may differ by rounding only.</summary>
    private const double LargestDisagreement = 1e-3;

    /// <param name="alongside">More work on the answers, side by side with the rest.</param>
    /// <returns>One answer to each prompt, in order, without advantages.</returns>
    public Experience[] Collect(
        IReadOnlyList<IReadOnlyList<int>> prompts, long seed, CancellationToken cancellationToken, Action<TokenizedAnswer[]>? alongside = null)
    {
        var rollouts = RolloutSampler.Sample(policy, prompts, sampling, seed, workers, cancellationToken);
        TokenizedAnswer[] answers = [.. rollouts.Select(r => r.Tokens)];
        IReadOnlyList<TokenLikelihoods> ofPolicy = [], ofReference = [];
        double[] scores = [];
        workers.Run(
            () => ofPolicy = AnswerLikelihood.Evaluate(policy, answers, sampling.Pad, sampling.MicroBatchTokens, cancellationToken),
            () => ofReference = AnswerLikelihood.Evaluate(reference, answers, sampling.Pad, sampling.MicroBatchTokens, cancellationToken),
            () => scores = Scores(answers, cancellationToken),
            () => alongside?.Invoke(answers));
        CheckAgreement(rollouts, ofPolicy);
        return [.. answers.Select((answer, i) => new Experience
        {
            Tokens = answer,
            LogPolicy = ofPolicy[i].LogProbabilities,
            LogReference = ofReference[i].LogProbabilities,
            Entropy = ofPolicy[i].Entropy,
            Score = scores[i],
        })];
    }

    /// <summary>Only whole answers are scored by the reward model.</summary>
    private double[] Scores(TokenizedAnswer[] answers, CancellationToken cancellationToken)
    {
        var scores = rewardModel.Scores(answers, sampling.Pad, sampling.MicroBatchTokens, cancellationToken);
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = answers[i].IsFinished(sampling.EndIds)
                ? Math.Clamp(scores[i], -options.MaxScore, options.MaxScore)
                : options.UnfinishedScore;
        }
        return scores;
    }

    private static void CheckAgreement(IReadOnlyList<Rollout> rollouts, IReadOnlyList<TokenLikelihoods> recomputed)
    {
        var largest = rollouts.Zip(recomputed, (r, l) => r.LogProbabilities.Zip(l.LogProbabilities, (a, b) => Math.Abs((double)a - b)).Max()).Max();
        if (largest > LargestDisagreement)
            throw new InvalidOperationException($"Sampler and trainer disagree by {largest:g3} nats on a token: the ratios would be wrong.");
    }
}
