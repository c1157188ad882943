using static ChatLoop.Trainer.Runs.Settings;

namespace ChatLoop.Trainer.Selection;

/// <summary>Settings of fine-tuning on the best of n, beside those of <see cref="FineTuning.SupervisedOptions"/>.</summary>
public sealed record BestOfNOptions
{
    /// <summary>n: answers sampled to each prompt, of which the reward model's best is kept.</summary>
    public int N { get; init; } = 16;
    /// <summary>Prompts, each with one best answer to learn from.</summary>
    public int Prompts { get; init; } = 256;

    /// <exception cref="Contracts.Errors.ChatLoopException">Names the first setting that is out of range.</exception>
    public void Validate()
    {
        Require(N is >= 2 and <= 1024, "Learning:BestOfN:N", N, "2 to 1024: the best of one is any answer");
        Require(Prompts is >= 1 and <= 100_000, "Learning:BestOfN:Prompts", Prompts, "1 to 100000");
    }
}
