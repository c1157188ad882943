using static ChatLoop.Trainer.Runs.Settings;

namespace ChatLoop.Trainer.Preferences;

/// <summary>Settings of DPO, IPO and KTO, which learn from people's judgements without a reward model in between.</summary>
public sealed record PreferenceOptions
{
    /// <summary>Passes over the judgements.</summary>
    public int Epochs { get; init; } = 3;
    /// <summary>Judgements in each optimiser step; a few more where they do not divide evenly.</summary>
    public int Minibatch { get; init; } = 8;
    /// <summary>Adam's highest rate: reached after a tenth of the steps, then falling linearly to 0.</summary>
    public double LearningRate { get; init; } = 1e-4;
    public double AdamEpsilon { get; init; } = 1e-8;
    public double WeightDecay { get; init; }
    /// <summary>Largest norm of a gradient over all parameters.</summary>
    public double MaxGradientNorm { get; init; } = 1;
    /// <summary>How near the policy stays to the reference: the larger, the nearer. Per nat of log-probability of a whole answer.</summary>
    public double Beta { get; init; } = 0.1;
    /// <summary>Chance that a label is wrong (conservative DPO); DPO and IPO mix the two outcomes by it.</summary>
    public double LabelSmoothing { get; init; }
    /// <summary>KTO's weight of an answer that was liked.</summary>
    public double DesirableWeight { get; init; } = 1;
    /// <summary>KTO's weight of an answer that was not.</summary>
    public double UndesirableWeight { get; init; } = 1;
    /// <summary>The policy's own answers, sampled at the end, that its mean reward and KL are measured on.</summary>
    public int MeasuredAnswers { get; init; } = 96;

    /// <exception cref="Contracts.Errors.ChatLoopException">Names the first setting that is out of range.</exception>
    public void Validate()
    {
        Require(Epochs is >= 1 and <= 1000, "Learning:Preferences:Epochs", Epochs, "1 to 1000");
        Require(Minibatch is >= 1 and <= 10_000, "Learning:Preferences:Minibatch", Minibatch, "1 to 10000");
        Require(LearningRate is > 0 and <= 0.1, "Learning:Preferences:LearningRate", LearningRate, "above 0, at most 0.1");
        Require(AdamEpsilon is > 0 and <= 0.1, "Learning:Preferences:AdamEpsilon", AdamEpsilon, "above 0, at most 0.1");
        Require(WeightDecay is >= 0 and <= 1, "Learning:Preferences:WeightDecay", WeightDecay, "0 to 1");
        Require(MaxGradientNorm > 0, "Learning:Preferences:MaxGradientNorm", MaxGradientNorm, "above 0");
        Require(Beta is > 0 and <= 100, "Learning:Preferences:Beta", Beta, "above 0, at most 100");
        Require(LabelSmoothing is >= 0 and < 0.5, "Learning:Preferences:LabelSmoothing", LabelSmoothing,
            "0 or more and below 0.5: at 0.5 labels say nothing");
        Require(DesirableWeight is > 0 and <= 100, "Learning:Preferences:DesirableWeight", DesirableWeight, "above 0, at most 100");
        Require(UndesirableWeight is > 0 and <= 100, "Learning:Preferences:UndesirableWeight", UndesirableWeight, "above 0, at most 100");
        Require(MeasuredAnswers is >= 1 and <= 100_000, "Learning:Preferences:MeasuredAnswers", MeasuredAnswers, "1 to 100000");
    }
}
