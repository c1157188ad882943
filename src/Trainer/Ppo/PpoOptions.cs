using static ChatLoop.Trainer.Runs.Settings;

namespace ChatLoop.Trainer.Ppo;

/// <summary>
/// Settings of PPO, with defaults for a policy of a few million parameters. Scores are in deviations of the parent's. RLOO and GRPO
/// sample, penalise and update by the same settings; those of critic, discount and whitening are not theirs.
/// </summary>
public sealed record PpoOptions
{
    /// <summary>At most this many rounds of rollouts and updates.</summary>
    public int Iterations { get; init; } = 16;
    /// <summary>Answers sampled in each iteration.</summary>
    public int Answers { get; init; } = 96;
    /// <summary>Passes over the rollouts of an iteration.</summary>
    public int Epochs { get; init; } = 2;
    /// <summary>Optimiser steps in each pass.</summary>
    public int Minibatches { get; init; } = 2;
    /// <summary>
    /// Adam's highest rate for the policy: reached after the first iteration, then falling linearly to 0. Without the warm-up Adam's
    /// first steps, whose size does not depend on the gradient's, move the policy most when it knows least.
    /// </summary>
    public double LearningRate { get; init; } = 6e-4;
    /// <summary>The same for the critic.</summary>
    public double CriticLearningRate { get; init; } = 9e-4;
    /// <summary>Adam's epsilon (Huang et al. 2023, detail 9).</summary>
    public double AdamEpsilon { get; init; } = 1e-5;
    /// <summary>Largest norm of a gradient over all parameters.</summary>
    public double MaxGradientNorm { get; init; } = 1;
    /// <summary>How far the ratio may leave 1 before its gradient stops.</summary>
    public double Clip { get; init; } = 0.2;
    /// <summary>How far a value may leave the one at rollout time before its gradient stops.</summary>
    public double ValueClip { get; init; } = 0.2;
    /// <summary>Discount. Answers are short: 1.</summary>
    public double Gamma { get; init; } = 1;
    /// <summary>Lambda of the generalised advantage.</summary>
    public double Lambda { get; init; } = 0.95;
    /// <summary>Weight of the policy's entropy in its loss; 0 leaves it out.</summary>
    public double EntropyBonus { get; init; }
    /// <summary>
    /// How the per-token KL in the reward is estimated. K1 is unbiased, in value and in gradient; what K2 and K3 do is at
    /// <see cref="KlEstimators.Penalty"/>.
    /// </summary>
    public KlEstimator KlEstimator { get; init; } = KlEstimator.K1;
    /// <summary>Whether the KL's weight steers to <see cref="TargetKl"/> or stays.</summary>
    public KlControl KlControl { get; init; } = KlControl.Adaptive;
    /// <summary>First weight of the per-token KL to the reference in the reward; the only one when it is fixed.</summary>
    public double KlCoefficient { get; init; } = 0.1;
    /// <summary>The mean KL per answer, in nats, that the coefficient steers to.</summary>
    public double TargetKl { get; init; } = 6;
    /// <summary>Answers over which the coefficient adapts.</summary>
    public double KlHorizon { get; init; } = 1000;
    /// <summary>
    /// Scales the per-token rewards to deviation 1 before advantages are estimated, their mean kept (Huang et al. 2023, detail 13). Off,
    /// because scores are scaled already and the KL's weight would lose its unit.
    /// </summary>
    public bool WhitenRewards { get; init; }
    /// <summary>Iterations end once the mean KL per answer reaches this many nats. Below the gate's budget.</summary>
    public double MaxKl { get; init; } = 9;
    /// <summary>An iteration's passes over the policy end once (log ratio)^2 / 2 exceeds this on average.</summary>
    public double MaxApproximateKl { get; init; } = 0.03;
    /// <summary>Score of an answer without an end of turn (the "EOS trick", Huang et al. 2024), whatever the reward model thinks.</summary>
    public double UnfinishedScore { get; init; } = -3;
    /// <summary>Scores are cut to plus or minus this, so that no single answer rules a batch.</summary>
    public double MaxScore { get; init; } = 5;
    /// <summary>Iterations end once the mean score has not risen by <see cref="PlateauGain"/> for this many.</summary>
    public int PlateauIterations { get; init; } = 6;
    /// <summary>See <see cref="PlateauIterations"/>.</summary>
    public double PlateauGain { get; init; } = 0.05;

    /// <exception cref="Contracts.Errors.ChatLoopException">Names the first setting that is out of range.</exception>
    public void Validate()
    {
        Require(Iterations is >= 1 and <= 10_000, "Learning:Ppo:Iterations", Iterations, "1 to 10000");
        Require(Answers is >= 2 and <= 100_000, "Learning:Ppo:Answers", Answers, "2 to 100000");
        Require(Epochs is >= 1 and <= 100, "Learning:Ppo:Epochs", Epochs, "1 to 100");
        Require(Minibatches >= 1 && Minibatches <= Answers, "Learning:Ppo:Minibatches", Minibatches, "1 to the number of answers");
        Require(LearningRate is > 0 and <= 0.1, "Learning:Ppo:LearningRate", LearningRate, "above 0, at most 0.1");
        Require(CriticLearningRate is > 0 and <= 0.1, "Learning:Ppo:CriticLearningRate", CriticLearningRate, "above 0, at most 0.1");
        Require(AdamEpsilon is > 0 and <= 0.1, "Learning:Ppo:AdamEpsilon", AdamEpsilon, "above 0, at most 0.1");
        Require(MaxGradientNorm > 0, "Learning:Ppo:MaxGradientNorm", MaxGradientNorm, "above 0");
        Require(Clip is > 0 and < 1, "Learning:Ppo:Clip", Clip, "between 0 and 1");
        Require(ValueClip > 0, "Learning:Ppo:ValueClip", ValueClip, "above 0");
        Require(Gamma is > 0 and <= 1, "Learning:Ppo:Gamma", Gamma, "above 0, at most 1");
        Require(Lambda is >= 0 and <= 1, "Learning:Ppo:Lambda", Lambda, "0 to 1");
        Require(EntropyBonus is >= 0 and <= 1, "Learning:Ppo:EntropyBonus", EntropyBonus, "0 to 1");
        Require(KlCoefficient is >= 0 and <= 10, "Learning:Ppo:KlCoefficient", KlCoefficient, "0 to 10");
        Require(Enum.IsDefined(KlEstimator), "Learning:Ppo:KlEstimator", KlEstimator, "K1, K2 or K3");
        Require(Enum.IsDefined(KlControl), "Learning:Ppo:KlControl", KlControl, "Adaptive or Fixed");
        Require(TargetKl > 0, "Learning:Ppo:TargetKl", TargetKl, "above 0");
        Require(KlHorizon > 0, "Learning:Ppo:KlHorizon", KlHorizon, "above 0");
        Require(MaxKl > 0, "Learning:Ppo:MaxKl", MaxKl, "above 0");
        Require(MaxApproximateKl > 0, "Learning:Ppo:MaxApproximateKl", MaxApproximateKl, "above 0");
        Require(MaxScore > 0, "Learning:Ppo:MaxScore", MaxScore, "above 0");
        Require(UnfinishedScore >= -MaxScore && UnfinishedScore < 0, "Learning:Ppo:UnfinishedScore", UnfinishedScore,
            "below 0 and not below -MaxScore");
        Require(PlateauIterations >= 1, "Learning:Ppo:PlateauIterations", PlateauIterations, "at least 1");
        Require(PlateauGain >= 0, "Learning:Ppo:PlateauGain", PlateauGain, "0 or more");
    }
}
