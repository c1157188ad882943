using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Ppo;

/// <summary>Samples answers and works out, side by side, what policy, reference, reward model and critic make of them.</summary>
internal sealed class ExperienceCollection(
    PpoOptions options, RolloutSettings sampling, TrainingWorkers workers,
    Transformer policy, Transformer reference, RewardModel rewardModel, Critic critic)
{
    /// <summary>Sampler and trainer run the same weights: their log-probabilities may differ by rounding only.</summary>
    private const double LargestDisagreement = 1e-3;

    public Experience[] Collect(
        IReadOnlyList<IReadOnlyList<int>> prompts, long seed, double klCoefficient, CancellationToken cancellationToken)
    {
        var rollouts = RolloutSampler.Sample(policy, prompts, sampling, seed, workers, cancellationToken);
        TokenizedAnswer[] answers = [.. rollouts.Select(r => r.Tokens)];
        IReadOnlyList<TokenLikelihoods> ofPolicy = [], ofReference = [];
        double[] scores = [];
        double[][] values = [];
        workers.Run(
            () => ofPolicy = AnswerLikelihood.Evaluate(policy, answers, sampling.Pad, sampling.MicroBatchTokens, cancellationToken),
            () => ofReference = AnswerLikelihood.Evaluate(reference, answers, sampling.Pad, sampling.MicroBatchTokens, cancellationToken),
            () => scores = Scores(answers, cancellationToken),
            () => values = critic.Values(answers, sampling.Pad, sampling.MicroBatchTokens, cancellationToken));
        CheckAgreement(rollouts, ofPolicy);

        var estimates = Enumerable.Range(0, answers.Length).Select(i => GeneralizedAdvantage.Estimate(
            RewardShaping.PerToken(ofPolicy[i].LogProbabilities, ofReference[i].LogProbabilities, scores[i], klCoefficient),
            values[i], options.Gamma, options.Lambda)).ToArray();
        var whitened = Whitening.Whiten(estimates.SelectMany(e => e.Advantages).ToArray());
        var experience = new Experience[answers.Length];
        var start = 0;
        for (var i = 0; i < answers.Length; i++)
        {
            var end = start + answers[i].Answer.Count;
            experience[i] = new()
            {
                Tokens = answers[i],
                LogPolicy = ofPolicy[i].LogProbabilities,
                LogReference = ofReference[i].LogProbabilities,
                Entropy = ofPolicy[i].Entropy,
                Values = values[i],
                Score = scores[i],
                Advantages = whitened[start..end],
                Returns = estimates[i].Returns,
            };
            start = end;
        }
        return experience;
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
            throw new InvalidOperationException($"Sampler and trainer disagree by {largest:g3} nats on a token: PPO's ratios would be wrong.");
    }
}
