using ChatLoop.Grains.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.Grains.Feedback;

/// <summary>A run's batch held a judgement that was withdrawn.</summary>
/// <param name="IsErased">The run's folder does not tell what it said any more.</param>
public sealed record WithdrawnUse(string RunId, string FeedbackId, DateTimeOffset WithdrawnAt, bool IsErased);

internal sealed class MarkErasedRequest(string runId, string[] feedbackIds) : CommitRequest<bool>, ILedgerRequest
{
    public (string? FeedbackId, string? TargetId, string UserId)? Touches => null;

    public void Apply(LedgerTransaction ledger)
    {
        ledger.Context.BatchMembers.Where(m => m.RunId == runId && EF.Parameter(feedbackIds).Contains(m.FeedbackId))
            .ExecuteUpdate(set => set.SetProperty(m => m.IsErased, true));
        Answer(() => true);
    }
}
