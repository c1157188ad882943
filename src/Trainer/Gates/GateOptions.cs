using static ChatLoop.Trainer.Runs.Settings;

namespace ChatLoop.Trainer.Gates;

/// <summary>What a candidate must meet before it serves.</summary>
public sealed record GateOptions
{
    /// <summary>
    /// Least share of held-out pairs that the reward model orders as the raters did. Where a quarter of the votes are slips a perfect one
    /// reaches 75 %; that it is better than chance is <see cref="MaxChanceProbability"/>'s to say.
    /// </summary>
    public double MinRewardModelAccuracy { get; init; } = 0.55;
    /// <summary>Fewer decided held-out pairs than this prove nothing.</summary>
    public int MinInformativePairs { get; init; } = 8;
    /// <summary>Largest probability that coin flips would order the held-out pairs as well (one-sided binomial test).</summary>
    public double MaxChanceProbability { get; init; } = 0.1;
    /// <summary>Where raters form two camps: least share of them that is in the larger one, which the reward model follows.</summary>
    public double MinMajority { get; init; } = 0.6;
    /// <summary>Least rise of the mean reward over the parent's, in deviations of the parent's.</summary>
    public double MinRewardGain { get; init; } = 0.05;
    /// <summary>Largest mean KL(candidate || reference) per answer, in nats.</summary>
    public double MaxKl { get; init; } = 12;
    /// <summary>Least entropy per token, as a share of the parent's.</summary>
    public double MinEntropyShare { get; init; } = 0.5;
    /// <summary>Least distinct-2, as a share of the parent's.</summary>
    public double MinDistinct2Share { get; init; } = 0.6;
    /// <summary>Least 1 - self-BLEU, as a share of the parent's.</summary>
    public double MinSelfBleuShare { get; init; } = 0.4;
    /// <summary>Largest rise of the share of three tokens in a row that an answer has said before.</summary>
    public double MaxRepetitionRise { get; init; } = 0.1;
    /// <summary>The reward model's heads may be this many times further apart on the answers than on the parent's.</summary>
    public double MaxSpreadFactor { get; init; } = 1.5;
    /// <summary>The mean answer may become this many times longer or shorter than the parent's.</summary>
    public double MaxLengthFactor { get; init; } = 2;
    /// <summary>Least share of answers that end by themselves.</summary>
    public double MinFinished { get; init; } = 0.9;
    /// <summary>Largest fall of the mean log-likelihood per token of known good answers, in nats.</summary>
    public double MaxRegression { get; init; } = 0.5;
    /// <summary>Largest rise of the share of false claims that the policy agrees with.</summary>
    public double MaxAgreementRise { get; init; } = 0.2;
    /// <summary>Answers that are sampled from each model.</summary>
    public int Answers { get; init; } = 256;

    /// <exception cref="Contracts.Errors.ChatLoopException">Names the first setting that is out of range.</exception>
    public void Validate()
    {
        Require(MinRewardModelAccuracy is >= 0.5 and <= 1, "Learning:Gate:MinRewardModelAccuracy", MinRewardModelAccuracy, "0.5 to 1");
        Require(MinInformativePairs >= 1, "Learning:Gate:MinInformativePairs", MinInformativePairs, "at least 1");
        Require(MaxChanceProbability is > 0 and <= 1, "Learning:Gate:MaxChanceProbability", MaxChanceProbability, "above 0, at most 1");
        Require(MinMajority is > 0.5 and <= 1, "Learning:Gate:MinMajority", MinMajority, "above 0.5, at most 1");
        Require(double.IsFinite(MinRewardGain), "Learning:Gate:MinRewardGain", MinRewardGain, "a number");
        Require(MaxKl > 0, "Learning:Gate:MaxKl", MaxKl, "above 0");
        Require(MinEntropyShare is >= 0 and <= 1, "Learning:Gate:MinEntropyShare", MinEntropyShare, "0 to 1");
        Require(MinDistinct2Share is >= 0 and <= 1, "Learning:Gate:MinDistinct2Share", MinDistinct2Share, "0 to 1");
        Require(MinSelfBleuShare is >= 0 and <= 1, "Learning:Gate:MinSelfBleuShare", MinSelfBleuShare, "0 to 1");
        Require(MaxRepetitionRise is >= 0 and <= 1, "Learning:Gate:MaxRepetitionRise", MaxRepetitionRise, "0 to 1");
        Require(MaxSpreadFactor > 1, "Learning:Gate:MaxSpreadFactor", MaxSpreadFactor, "above 1");
        Require(MaxLengthFactor > 1, "Learning:Gate:MaxLengthFactor", MaxLengthFactor, "above 1");
        Require(MinFinished is >= 0 and <= 1, "Learning:Gate:MinFinished", MinFinished, "0 to 1");
        Require(MaxRegression >= 0, "Learning:Gate:MaxRegression", MaxRegression, "0 or more");
        Require(MaxAgreementRise is >= 0 and <= 1, "Learning:Gate:MaxAgreementRise", MaxAgreementRise, "0 to 1");
        Require(Answers is >= 8 and <= 100_000, "Learning:Gate:Answers", Answers, "8 to 100000");
    }
}
