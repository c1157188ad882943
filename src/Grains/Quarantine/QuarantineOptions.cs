using ChatLoop.Contracts.Errors;
using ChatLoop.Trainer.Brigading;

namespace ChatLoop.Grains.Quarantine;

/// <summary>When verdicts are set aside for review (section "Feedback:Quarantine", docs/adr/0033).</summary>
public sealed record QuarantineOptions
{
    /// <summary>How likely any honest verdict is set aside, ever; 0: none is looked at.</summary>
    public double Error { get; init; } = 0.01;

    /// <summary>Of the verdicts that a phrase could decide, the share that may go its way though nobody pushes it.</summary>
    public double HonestShare { get; init; } = 0.75;

    public CampaignSearch Search => new(HonestShare);

    /// <exception cref="ChatLoopException">Invalid, naming the setting.</exception>
    public void Validate()
    {
        if (Error is not (>= 0 and <= 0.2)) throw ChatLoopException.Invalid($"Feedback:Quarantine:Error is {Error}: it must be 0 (nothing is set aside) to 0.2.");
        if (HonestShare is not (>= 0.5 and <= 0.95)) throw ChatLoopException.Invalid($"Feedback:Quarantine:HonestShare is {HonestShare}: it must be 0.5 to 0.95.");
    }
}
