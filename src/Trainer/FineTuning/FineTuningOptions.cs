using ChatLoop.Trainer.Pretraining;

namespace ChatLoop.Trainer.FineTuning;

/// <summary>Everything that, with the checkpoint and the dialogues, decides which weights a run ends with.</summary>
public sealed record FineTuningOptions
{
    public int Seed { get; init; } = 1;
    /// <summary>How often every dialogue is seen.</summary>
    public int Epochs { get; init; } = 3;
    /// <summary>Tokens of one update, padding included; half of them in each of two batches of dialogues of similar length.</summary>
    public int BatchTokens { get; init; } = 2048;
    /// <summary>The highest learning rate.</summary>
    public double LearningRate { get; init; } = 3e-4;
    /// <summary>Share of the updates in which the learning rate rises.</summary>
    public double WarmUp { get; init; } = 0.05;
    /// <summary>The learning rate's last value as a share of the peak.</summary>
    public double FinalLearningRate { get; init; } = 0.02;
    public double WeightDecay { get; init; } = 0.01;
    public double GradientClip { get; init; } = 1.0;
    /// <summary>Share of the dialogues that the loss is measured on and that are not learned from.</summary>
    public double HeldOutShare { get; init; } = 0.05;

    /// <param name="update">Counted from 0, of <paramref name="updates"/>.</param>
    public double LearningRateAt(long update, long updates)
    {
        var warmUp = (long)Math.Ceiling(WarmUp * updates);
        return new CoolDownSchedule(LearningRate, warmUp + 1, warmUp, updates, FinalLearningRate).At(update + 1);
    }
}
