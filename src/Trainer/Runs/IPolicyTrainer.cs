using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.ResumePoints;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Runs;

/// <summary>What every algorithm is given; each takes of it what it learns from. Owns nothing.</summary>
public sealed record PolicyTask
{
    /// <summary>Trained in place; with an adapter, its weights may be the reference's own.</summary>
    public required Transformer Policy { get; init; }
    /// <summary>What the policy is held near; never changed.</summary>
    public required Transformer Reference { get; init; }
    /// <summary>Scores sampled answers; never changed.</summary>
    public required RewardModel RewardModel { get; init; }
    /// <summary>To sample answers to: tokens up to the assistant's header.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Prompts { get; init; }
    /// <summary>What people said of answers.</summary>
    public required IReadOnlyList<Judgement> Judgements { get; init; }
    /// <summary>Answers that people wrote themselves.</summary>
    public IReadOnlyList<TokenizedAnswer> Demonstrations { get; init; } = [];
    public required RolloutSettings Sampling { get; init; }
    /// <summary>Same seed, same task: same weights.</summary>
    public required long Seed { get; init; }
    /// <summary>Begins with this and leaves there what the policy's optimiser knows at the end; null begins anew and keeps nothing.</summary>
    public OptimizerMemory? Optimizer { get; init; }
    /// <summary>Where the training keeps how far it is, and goes on from; null where it need not survive a kill.</summary>
    public ResumeFolder? Resume { get; init; }
}

/// <param name="Iterations">Rounds of rollouts, or passes over the data.</param>
/// <param name="MeanReward">Mean score of the policy's own answers at the end.</param>
/// <param name="MeanKl">Mean KL to the reference per answer of its own, in nats.</param>
/// <param name="End">Why the training ended.</param>
public sealed record PolicyOutcome(int Iterations, double MeanReward, double MeanKl, string End);

/// <summary>An algorithm that trains a policy.</summary>
public interface IPolicyTrainer
{
    /// <summary>As people write it, for the lines of progress.</summary>
    string Name { get; }

    PolicyOutcome Train(PolicyTask task, StepProgress progress, CancellationToken cancellationToken);
}
