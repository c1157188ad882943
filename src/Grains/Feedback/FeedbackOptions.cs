using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Quarantine;

namespace ChatLoop.Grains.Feedback;

/// <summary>Which judgements count (section "Feedback" of the configuration).</summary>
public sealed record FeedbackOptions
{
    public const string Section = "Feedback";

    /// <summary>How long after it was issued a comparison can be judged.</summary>
    public TimeSpan VerdictWithin { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Which verdicts are set aside for review.</summary>
    public QuarantineOptions Quarantine { get; init; } = new();

    /// <returns>True.</returns>
    /// <exception cref="ChatLoopException">Invalid, naming the setting.</exception>
    public bool Validate()
    {
        if (VerdictWithin < TimeSpan.FromMinutes(1) || VerdictWithin > TimeSpan.FromDays(3650))
            throw ChatLoopException.Invalid($"{Section}:{nameof(VerdictWithin)} is {VerdictWithin}: it must be 1 minute to 3650 days.");
        Quarantine.Validate();
        return true;
    }
}
