using static ChatLoop.Trainer.Runs.Settings;

namespace ChatLoop.Trainer.FineTuning;

/// <summary>Settings of supervised fine-tuning in a training run: on what people preferred, or on the best of n.</summary>
public sealed record SupervisedOptions
{
    /// <summary>Passes over the answers.</summary>
    public int Epochs { get; init; } = 2;
    /// <summary>Answers in each optimiser step; a few more where they do not divide evenly.</summary>
    public int Minibatch { get; init; } = 16;
    /// <summary>Adam's highest rate: reached after a tenth of the steps, then falling linearly to 0.</summary>
    public double LearningRate { get; init; } = 1e-4;
    public double AdamEpsilon { get; init; } = 1e-8;
    public double WeightDecay { get; init; } = 0.01;
    /// <summary>Largest norm of a gradient over all parameters.</summary>
    public double MaxGradientNorm { get; init; } = 1;
    /// <summary>The policy's own answers, sampled at the end, that its mean reward and KL are measured on.</summary>
    public int MeasuredAnswers { get; init; } = 96;

    /// <exception cref="Contracts.Errors.ChatLoopException">Names the first setting that is out of range.</exception>
    public void Validate()
    {
        Require(Epochs is >= 1 and <= 1000, "Learning:Supervised:Epochs", Epochs, "1 to 1000");
        Require(Minibatch is >= 1 and <= 10_000, "Learning:Supervised:Minibatch", Minibatch, "1 to 10000");
        Require(LearningRate is > 0 and <= 0.1, "Learning:Supervised:LearningRate", LearningRate, "above 0, at most 0.1");
        Require(AdamEpsilon is > 0 and <= 0.1, "Learning:Supervised:AdamEpsilon", AdamEpsilon, "above 0, at most 0.1");
        Require(WeightDecay is >= 0 and <= 1, "Learning:Supervised:WeightDecay", WeightDecay, "0 to 1");
        Require(MaxGradientNorm > 0, "Learning:Supervised:MaxGradientNorm", MaxGradientNorm, "above 0");
        Require(MeasuredAnswers is >= 1 and <= 100_000, "Learning:Supervised:MeasuredAnswers", MeasuredAnswers, "1 to 100000");
    }
}
