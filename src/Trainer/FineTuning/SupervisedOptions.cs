using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.FineTuning;

/// <summary>Settings of supervised fine-tuning in a training run: on what people preferred, or on the best of n.</summary>
public sealed record SupervisedOptions : OfflineOptions
{
    public SupervisedOptions() => (Epochs, Minibatch, LearningRate, WeightDecay) = (3, 16, 4e-4, 0.01);

    /// <exception cref="Contracts.Errors.ChatLoopException">Names the first setting that is out of range.</exception>
    public void Validate() => Validate("Learning:Supervised");
}
