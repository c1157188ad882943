using System.Linq.Expressions;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Storage;

namespace ChatLoop.Grains.Feedback;

/// <summary>A user takes judgements back, all at once or none. Repeating it changes nothing.</summary>
/// <param name="chosen">Which of the user's judgements.</param>
/// <param name="refusal">Said when there are none; null where that is fine.</param>
internal sealed class WithdrawRequest(string userId, Expression<Func<Judgement, bool>> chosen, string? refusal)
    : CommitRequest<IReadOnlyList<FeedbackStatus>>, ILedgerRequest
{
    public (string? FeedbackId, string? TargetId, string UserId)? Touches => null;

    public void Apply(LedgerTransaction ledger)
    {
        var judgements = ledger.Context.Judgements.Where(j => j.UserId == userId).Where(chosen);
        if (refusal is not null && !judgements.Any())
        {
            Refuse(ChatLoopException.NotFound(refusal));
            return;
        }
        ledger.Load([], [], [userId]);
        ledger.Withdraw(judgements);
        FeedbackStatus[] statuses = [.. judgements.OrderByDescending(j => j.Sequence).AsEnumerable().Select(ledger.StatusOf)];
        Answer(() => statuses);
    }
}
