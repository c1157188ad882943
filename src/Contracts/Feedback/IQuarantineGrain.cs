namespace ChatLoop.Contracts.Feedback;

/// <summary>Sets suspicious verdicts aside, and lets reviewers decide about them. The key is the served model's name.</summary>
[Alias("ChatLoop.IQuarantineGrain")]
public interface IQuarantineGrain : IGrainWithStringKey
{
    /// <summary>Looks through the newest verdicts, if enough came since the last look. What it sets aside is durable when this returns.</summary>
    Task Look();

    /// <summary>What waits for review, and of the rest the newest; newest group first.</summary>
    Task<IReadOnlyList<SetAsideGroup>> List();

    /// <summary>
    /// Decides all of them or none. Repeating it changes nothing. NotFound for a verdict that was never set aside; Conflict for one that
    /// was decided otherwise, or taken back.
    /// </summary>
    Task Review(ReviewOrder order);
}
