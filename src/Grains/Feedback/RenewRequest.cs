using ChatLoop.Grains.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.Grains.Feedback;

/// <summary>What only these runs' batches have held is new again. Repeating it changes nothing.</summary>
internal sealed class RenewRequest(string[] leftRuns) : CommitRequest<bool>, ILedgerRequest
{
    public (string? FeedbackId, string? TargetId, string UserId)? Touches => null;

    public void Apply(LedgerTransaction ledger)
    {
        var context = ledger.Context;
        ledger.Renew(context.Judgements.Where(j => j.WasInBatch && j.WithdrawnBy == null
            && !context.BatchMembers.Any(m => m.FeedbackId == j.FeedbackId && !EF.Parameter(leftRuns).Contains(m.RunId))));
        Answer(() => true);
    }
}
