using ChatLoop.Contracts.Errors;
using ChatLoop.Trainer.FineTuning;
using ChatLoop.Trainer.Preferences;
using ChatLoop.Trainer.Selection;
using ChatLoop.Trainer.Simulation;

namespace ChatLoop.Trainer.Runs;

/// <summary>How the policy learns.</summary>
public enum PolicyAlgorithm
{
    /// <summary>From its own answers, scored by the reward model, against a critic.</summary>
    Ppo,
    /// <summary>From its own answers, each against the mean of the others to its prompt.</summary>
    Rloo,
    /// <summary>From its own answers, each against its group's mean, in the group's deviations.</summary>
    Grpo,
    /// <summary>From people's pairs, as if the policy were the reward model.</summary>
    Dpo,
    /// <summary>From people's pairs, towards a margin of fixed size.</summary>
    Ipo,
    /// <summary>From single answers that people liked or not.</summary>
    Kto,
    /// <summary>From the best of n answers of its own, by the reward model's scores.</summary>
    BestOfN,
    /// <summary>From the answers that people preferred, word for word.</summary>
    SupervisedFineTuning,
    /// <summary>From pairs of its own answers, judged by a simulated user, and from people's pairs.</summary>
    Imagined,
}

/// <summary>The trainers by name.</summary>
public static class PolicyAlgorithms
{
    /// <summary>Whether what it learns from are answers that users got, rather than answers that it samples itself.</summary>
    public static bool LearnsFromServedAnswers(this PolicyAlgorithm algorithm) =>
        algorithm is PolicyAlgorithm.Dpo or PolicyAlgorithm.Ipo or PolicyAlgorithm.Kto or PolicyAlgorithm.SupervisedFineTuning;

    public static IPolicyTrainer Create(LearningOptions options, TrainingWorkers workers) => options.Algorithm switch
    {
        PolicyAlgorithm.Ppo => OnPolicyTrainer.Ppo(options.Ppo, options.Adapter, workers),
        PolicyAlgorithm.Rloo => OnPolicyTrainer.Rloo(options.Ppo, options.Group, workers),
        PolicyAlgorithm.Grpo => OnPolicyTrainer.Grpo(options.Ppo, options.Group, workers),
        PolicyAlgorithm.Dpo or PolicyAlgorithm.Ipo or PolicyAlgorithm.Kto => new PreferenceTrainer(
            options.Algorithm, options.Preferences, options.RewardModel, options.Ppo, workers),
        PolicyAlgorithm.BestOfN => new BestOfNTrainer(options.BestOfN, options.Supervised, options.Ppo, workers),
        PolicyAlgorithm.SupervisedFineTuning => new SupervisedTrainer(options.Supervised, options.Ppo, workers),
        PolicyAlgorithm.Imagined => new ImaginedTrainer(options.Imagined, options.RewardModel, options.Ppo, workers),
        _ => throw ChatLoopException.Invalid($"Learning:Algorithm is {options.Algorithm}: it must be one of {string.Join(", ", Enum.GetNames<PolicyAlgorithm>())}."),
    };
}
