using System.Globalization;
using System.Text.Json;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.Grains.Feedback;

/// <summary>Verdicts wait for review from now on. What was set aside before, or does not count any more, is left as it is.</summary>
internal sealed class SetAsideRequest(SetAsideReason reason, string[] feedbackIds) : CommitRequest<bool>, ILedgerRequest
{
    public (string? FeedbackId, string? TargetId, string UserId)? Touches => null;

    public void Apply(LedgerTransaction ledger)
    {
        Answer(() => true);
        Judgement[] judgements = [.. ledger.Context.Judgements.Current().Where(j => EF.Parameter(feedbackIds).Contains(j.FeedbackId) && j.Review == null)
            .OrderBy(j => j.Sequence)];
        if (judgements.Length == 0) return;
        var group = new SetAsidePayload(string.Create(CultureInfo.InvariantCulture, $"g{ledger.Counts.LastSequence + 1}"), reason);
        var payload = JsonSerializer.Serialize(group, LedgerJson.Options);
        ledger.Review(judgements, ReviewState.Waiting, j => LedgerEvent.About(j, LedgerEventKind.SetAside, j.UserId, payload, ledger.NextSequence(), ledger.Now));
    }
}

/// <summary>A reviewer accepts or rejects verdicts that were set aside: all of them or none.</summary>
internal sealed class ReviewRequest(ReviewOrder order) : CommitRequest<bool>, ILedgerRequest
{
    private readonly string[] _ids = [.. order.FeedbackIds.Distinct()];
    private readonly ReviewState _decided = order.Accept ? ReviewState.Accepted : ReviewState.Rejected;

    public (string? FeedbackId, string? TargetId, string UserId)? Touches => null;

    public void Apply(LedgerTransaction ledger)
    {
        Judgement[] judgements = [.. ledger.Context.Judgements.Where(j => EF.Parameter(_ids).Contains(j.FeedbackId) && j.Review != null).OrderBy(j => j.Sequence)];
        if (Refusal(judgements) is { } refusal)
        {
            Refuse(refusal);
            return;
        }
        var payload = JsonSerializer.Serialize(new ReviewPayload(order.ReviewerName), LedgerJson.Options);
        var kind = order.Accept ? LedgerEventKind.Acceptance : LedgerEventKind.Rejection;
        ledger.Review([.. judgements.Where(j => j.Review == ReviewState.Waiting)], _decided,
            j => LedgerEvent.About(j, kind, order.ReviewerId, payload, ledger.NextSequence(), ledger.Now));
        Answer(() => true);
    }

    private ChatLoopException? Refusal(Judgement[] judgements) =>
        judgements.Length < _ids.Length ? ChatLoopException.NotFound("One of these verdicts was never set aside: load the list again.")
        : judgements.Any(j => j.WithdrawnBy is not null) ? ChatLoopException.Conflict("One of these verdicts was taken back by who gave it: load the list again.")
        : judgements.Any(j => j.Review != ReviewState.Waiting && j.Review != _decided)
            ? ChatLoopException.Conflict("One of these verdicts was decided otherwise: load the list again. A decision stays.")
        : null;
}
