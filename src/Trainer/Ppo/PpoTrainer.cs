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
        using var critic = new Critic(rewardModel);
        using var policyUpdate = new PolicyUpdate(policy, options, sampling);
        using var valueUpdate = new ValueUpdate(critic, options, sampling);
        var controller = new AdaptiveKlController(options.KlCoefficient, options.TargetKl, options.KlHorizon);
        var collection = new ExperienceCollection(options, sampling, workers, policy, reference, rewardModel, critic);
        var random = new Random(seed.GetHashCode());
        var draw = new PromptDraw(prompts, random);
        var iterations = new List<PpoIteration>();
        while (iterations.Count < options.Iterations)
        {
            var number = iterations.Count;
            observer.Sampling(number + 1);
            var coefficient = controller.Coefficient;
            var experience = collection.Collect(draw.Next(options.Answers), random.NextInt64(), coefficient, cancellationToken);
            var sequenceKl = experience.Average(e => e.SequenceKl);
            if (sequenceKl > options.MaxKl) return new(iterations, PpoEnd.KlBudget);

            observer.Updating(number + 1);
            var (policySeed, valueSeed) = (random.Next(), random.Next());
            PolicyUpdateResult? policyResult = null;
            ValueUpdateResult? valueResult = null;
            workers.Run(
                () => policyResult = policyUpdate.Run(experience, number, new Random(policySeed), cancellationToken),
                () => valueResult = valueUpdate.Run(experience, number, new Random(valueSeed), cancellationToken));
            controller.Observe(sequenceKl, experience.Length);
            iterations.Add(Describe(number + 1, experience, coefficient, policyResult!, valueResult!));
            observer.Finished(iterations[^1]);
            if (policyResult!.Diverged || valueResult!.Diverged) return new(iterations, PpoEnd.Diverged);
            if (HasPlateaued(iterations)) return new(iterations, PpoEnd.Plateau);
        }
        return new(iterations, PpoEnd.AllIterations);
    }

    private bool HasPlateaued(List<PpoIteration> iterations)
    {
        var earlier = iterations.Count - options.PlateauIterations;
        if (earlier < 1) return false;
        return iterations.Skip(earlier).Max(i => i.Score) < iterations.Take(earlier).Max(i => i.Score) + options.PlateauGain;
    }

    private PpoIteration Describe(
        int number, Experience[] experience, double coefficient, PolicyUpdateResult policy, ValueUpdateResult value) => new()
        {
            Number = number,
            Score = experience.Average(e => e.Score),
            SequenceKl = experience.Average(e => e.SequenceKl),
            SequenceEntropy = experience.Average(e => -e.LogPolicy.Sum(p => (double)p)),
            TokenEntropy = experience.SelectMany(e => e.Entropy).Average(x => (double)x),
            Finished = experience.Average(e => e.Tokens.IsFinished(sampling.EndIds) ? 1.0 : 0.0),
            KlCoefficient = coefficient,
            Policy = policy,
            Value = value,
        };
}
