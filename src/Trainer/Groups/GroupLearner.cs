using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.ResumePoints;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using Parameter = TorchSharp.Modules.Parameter;

namespace ChatLoop.Trainer.Groups;

/// <summary>How the rewards of a group become advantages, [k] to [k].</summary>
internal delegate double[] GroupAdvantages(ReadOnlySpan<double> rewards);

/// <summary>
/// An iteration without a critic: an answer's reward is its score less the KL of all its tokens, and every token gets the advantage of
/// its answer over the others to the prompt. The policy's update is PPO's: clipped ratios per token, and the mean over all tokens
/// of a minibatch, so that long answers do not count for less per token. Owns the optimiser's moments.
/// </summary>
internal sealed class GroupLearner(
    PpoOptions options, int groupSize, GroupAdvantages advantagesOf, RolloutSettings sampling, TrainingWorkers workers,
    Transformer policy, Transformer reference, RewardModel rewardModel) : IPolicyLearner
{
    private readonly RolloutScoring _scoring = new(options, sampling, workers, policy, reference, rewardModel);
    private readonly PolicyUpdate _policyUpdate = new(policy, options, sampling);

    public int AnswersPerPrompt => groupSize;

    public AdamOptimizer Optimizer => _policyUpdate.Optimizer;

    public IEnumerable<Parameter> Policy => policy.TrainableParameters;

    public TrainingState State => new TrainingState().With("policy", policy.TrainableParameters).With("policy_adam", _policyUpdate.Optimizer);

    public Experience[] Collect(
        IReadOnlyList<IReadOnlyList<int>> prompts, long seed, double klCoefficient, CancellationToken cancellationToken)
    {
        var experience = _scoring.Collect(prompts, seed, cancellationToken);
        return [.. experience.Chunk(groupSize).SelectMany(group => Compare(group, klCoefficient))];
    }

    private IEnumerable<Experience> Compare(Experience[] group, double klCoefficient)
    {
        var advantages = advantagesOf([.. group.Select(e =>
            RewardShaping.PerToken(e.LogPolicy, e.LogReference, e.Score, klCoefficient, options.KlEstimator).Sum())]);
        return group.Select((e, i) => e with { Advantages = [.. Enumerable.Repeat(advantages[i], e.Tokens.Answer.Count)] });
    }

    public UpdateResults Update(IReadOnlyList<Experience> experience, int iteration, Random random, CancellationToken cancellationToken) =>
        new(_policyUpdate.Run(experience, iteration, new Random(random.Next()), cancellationToken), null);

    public void Dispose() => _policyUpdate.Dispose();
}
