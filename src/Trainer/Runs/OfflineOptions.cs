using static ChatLoop.Trainer.Runs.Settings;

namespace ChatLoop.Trainer.Runs;

/// <summary>What every algorithm needs that learns from examples which are there before the training.</summary>
public abstract record OfflineOptions
{
    /// <summary>Passes over the examples.</summary>
    public int Epochs { get; init; }
    /// <summary>Examples in each optimiser step; a few more where they do not divide evenly.</summary>
    public int Minibatch { get; init; }
    /// <summary>Adam's highest rate: reached after a tenth of the steps, then falling linearly to 0.</summary>
    public double LearningRate { get; init; } = 1e-4;
    public double AdamEpsilon { get; init; } = 1e-8;
    public double WeightDecay { get; init; }
    /// <summary>Largest norm of a gradient over all parameters.</summary>
    public double MaxGradientNorm { get; init; } = 1;
    /// <summary>The policy's own answers, sampled at the end, that its mean reward and KL are measured on.</summary>
    public int MeasuredAnswers { get; init; } = 96;

    /// <param name="section">Of the configuration, for the message.</param>
    private protected void Validate(string section)
    {
        Require(Epochs is >= 1 and <= 1000, $"{section}:Epochs", Epochs, "1 to 1000");
        Require(Minibatch is >= 1 and <= 10_000, $"{section}:Minibatch", Minibatch, "1 to 10000");
        Require(LearningRate is > 0 and <= 0.1, $"{section}:LearningRate", LearningRate, "above 0, at most 0.1");
        Require(AdamEpsilon is > 0 and <= 0.1, $"{section}:AdamEpsilon", AdamEpsilon, "above 0, at most 0.1");
        Require(WeightDecay is >= 0 and <= 1, $"{section}:WeightDecay", WeightDecay, "0 to 1");
        Require(MaxGradientNorm > 0, $"{section}:MaxGradientNorm", MaxGradientNorm, "above 0");
        Require(MeasuredAnswers is >= 1 and <= 100_000, $"{section}:MeasuredAnswers", MeasuredAnswers, "1 to 100000");
    }
}
