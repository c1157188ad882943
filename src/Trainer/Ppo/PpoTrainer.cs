using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Ppo;

/// <summary>Why the iterations ended.</summary>
public enum PpoEnd { AllIterations, KlBudget, Plateau, Diverged }

public sealed record PpoOutcome(IReadOnlyList<PpoIteration> Iterations, PpoEnd End);

/// <summary>
/// Proximal policy optimisation of a chat policy against a reward model (Schulman et al. 2017; Ouyang et al. 2022; Huang et al.
/// 2023): sample answers, score them, penalise KL to the reference per token, estimate advantages, and update policy and critic
/// side by side. Everything is float32. Changes the policy in place; owns only the critic and the optimisers' moments.
/// </summary>
public sealed class PpoTrainer(PpoOptions options, RolloutSettings sampling, TrainingWorkers workers)
{
    /// <param name="prompts">Tokens up to the assistant's header.</param>
    /// <param name="seed">Same seed, same inputs: same weights.</param>
    public PpoOutcome Train(
        Transformer policy, Transformer reference, RewardModel rewardModel, IReadOnlyList<IReadOnlyList<int>> prompts, long seed,
        IPpoObserver observer, CancellationToken cancellationToken)
    {
        using var learner = new PpoLearner(options, sampling, workers, policy, reference, rewardModel, new Critic(rewardModel));
        return new PolicyIterations(options, sampling).Run(learner, prompts, seed, observer, resume: null, cancellationToken);
    }
}
