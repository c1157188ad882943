using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.ResumePoints;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using Parameter = TorchSharp.Modules.Parameter;

namespace ChatLoop.Trainer.Ppo;

/// <summary>
/// PPO's own part of an iteration: per-token rewards, advantages against a critic, and updates of policy and critic side by side.
/// Owns the critic, which it is given, and the optimisers' moments.
/// </summary>
internal sealed class PpoLearner : IPolicyLearner
{
    private readonly PpoOptions _options;
    private readonly RolloutSettings _sampling;
    private readonly TrainingWorkers _workers;
    private readonly Transformer _policy;
    private readonly Critic _critic;
    private readonly RolloutScoring _scoring;
    private readonly PolicyUpdate _policyUpdate;
    private readonly ValueUpdate _valueUpdate;

    public PpoLearner(
        PpoOptions options, RolloutSettings sampling, TrainingWorkers workers, Transformer policy, Transformer reference, RewardModel rewardModel,
        Critic critic)
    {
        (_options, _sampling, _workers, _policy, _critic) = (options, sampling, workers, policy, critic);
        _scoring = new RolloutScoring(options, sampling, workers, policy, reference, rewardModel);
        _policyUpdate = new PolicyUpdate(policy, options, sampling);
        _valueUpdate = new ValueUpdate(_critic, options, sampling);
    }

    public int AnswersPerPrompt => 1;

    public AdamOptimizer Optimizer => _policyUpdate.Optimizer;

    public IEnumerable<Parameter> Policy => _policy.TrainableParameters;

    public TrainingState State => new TrainingState()
        .With("policy", _policy.TrainableParameters).With("policy_adam", _policyUpdate.Optimizer)
        .With("critic", _critic.Parameters).With("critic_adam", _valueUpdate.Optimizer);

    /// <summary>Answers of the policy as it starts tell the critic what to expect; no update learns from them.</summary>
    public void Begin(IReadOnlyList<IReadOnlyList<int>> prompts, long seed, double klCoefficient, CancellationToken cancellationToken)
    {
        var experience = _scoring.Collect(prompts, seed, cancellationToken);
        var returns = Rewards(experience, klCoefficient).Select(r => GeneralizedAdvantage.Estimate(r, new double[r.Length], _options.Gamma, lambda: 1).Returns);
        _critic.Calibrate([.. experience.Select(e => e.Tokens)], [.. returns], _sampling.Pad, _sampling.MicroBatchTokens, cancellationToken);
    }

    public Experience[] Collect(
        IReadOnlyList<IReadOnlyList<int>> prompts, long seed, double klCoefficient, CancellationToken cancellationToken)
    {
        double[][] values = [];
        var experience = _scoring.Collect(prompts, seed, cancellationToken, alongside: answers =>
            values = _critic.Values(answers, _sampling.Pad, _sampling.MicroBatchTokens, cancellationToken));
        var rewards = Rewards(experience, klCoefficient);
        var estimates = experience.Select((_, i) =>
            GeneralizedAdvantage.Estimate(rewards[i], values[i], _options.Gamma, _options.Lambda)).ToArray();
        var whitened = Split(Whitening.Whiten(estimates.SelectMany(e => e.Advantages).ToArray()), experience);
        return [.. experience.Select((e, i) => e with { Values = values[i], Advantages = whitened[i], Returns = estimates[i].Returns })];
    }

    private double[][] Rewards(Experience[] experience, double klCoefficient)
    {
        double[][] rewards =
            [.. experience.Select(e => RewardShaping.PerToken(e.LogPolicy, e.LogReference, e.Score, klCoefficient, _options.KlEstimator))];
        return _options.WhitenRewards
            ? Split(Whitening.Whiten(rewards.SelectMany(r => r).ToArray(), shiftMean: false), experience)
            : rewards;
    }

    /// <summary>Numbers of all answer tokens, one after the other, as one array per answer.</summary>
    private static double[][] Split(double[] packed, Experience[] experience)
    {
        var start = 0;
        return [.. experience.Select(e => packed[start..(start += e.Tokens.Answer.Count)])];
    }

    public UpdateResults Update(IReadOnlyList<Experience> experience, int iteration, Random random, CancellationToken cancellationToken)
    {
        var (policySeed, valueSeed) = (random.Next(), random.Next());
        PolicyUpdateResult? policyResult = null;
        ValueUpdateResult? valueResult = null;
        _workers.Run(
            () => policyResult = _policyUpdate.Run(experience, iteration, new Random(policySeed), cancellationToken),
            () => valueResult = _valueUpdate.Run(experience, iteration, new Random(valueSeed), cancellationToken));
        return new(policyResult!, valueResult);
    }

    public void Dispose()
    {
        _valueUpdate.Dispose();
        _policyUpdate.Dispose();
        _critic.Dispose();
    }
}
