using Orleans.Concurrency;

namespace ChatLoop.Contracts.Feedback;

/// <summary>What came of one judgement; the key is its id.</summary>
[Alias("ChatLoop.IFeedbackEffectGrain")]
public interface IFeedbackEffectGrain : IGrainWithStringKey
{
    /// <summary>
    /// Measured once, then kept. NotFound for a judgement that is not this user's; Conflict while no version has used it, and when a
    /// version's files are gone; Busy while it is being measured for longer than a call may take.
    /// </summary>
    [AlwaysInterleave]
    Task<FeedbackEffect> Get(string userId);
}
