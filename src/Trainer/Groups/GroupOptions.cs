using static ChatLoop.Trainer.Runs.Settings;

namespace ChatLoop.Trainer.Groups;

/// <summary>Settings of RLOO and GRPO beside those of <see cref="Ppo.PpoOptions"/>, which rule their rollouts and updates.</summary>
public sealed record GroupOptions
{
    /// <summary>Answers to each prompt, which are compared with each other.</summary>
    public int Size { get; init; } = 4;
    /// <summary>What GRPO divides a group's rewards by.</summary>
    public GroupScale Scale { get; init; } = GroupScale.Bessel;

    /// <exception cref="Contracts.Errors.ChatLoopException">Names the first setting that is out of range.</exception>
    public void Validate()
    {
        Require(Size is >= 2 and <= 1024, "Learning:Group:Size", Size,
            "2 to 1024: an answer is compared with the others to its prompt, so alone in its group every advantage would be zero");
        Require(Enum.IsDefined(Scale), "Learning:Group:Scale", Scale, "Bessel, Population or None");
    }
}
