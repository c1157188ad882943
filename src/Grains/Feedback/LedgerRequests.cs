using System.Text.Json;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.Grains.Feedback;

/// <summary>A change of the ledger that waits for its transaction.</summary>
internal interface ILedgerRequest
{
    /// <summary>Ids of the judgement, its target and its user, where the request is about one judgement.</summary>
    (string? FeedbackId, string? TargetId, string UserId)? Touches { get; }

    void Apply(LedgerTransaction ledger);
}

/// <param name="payload">JSON of the <see cref="JudgementPayload"/>, made on the caller's thread.</param>
internal sealed class RecordRequest(string userId, FeedbackSubmission submission, string payload) : CommitRequest<FeedbackStatus>, ILedgerRequest
{
    private readonly string _target = Judgement.TargetOf(submission);

    public (string? FeedbackId, string? TargetId, string UserId)? Touches => (submission.FeedbackId, _target, userId);

    public void Apply(LedgerTransaction ledger)
    {
        if (ledger.Find(submission.FeedbackId) is { } known)
        {
            if (known.UserId == userId && known.IsOf(submission)) Answer(() => ledger.StatusOf(known));
            else Refuse(ChatLoopException.Conflict("This feedbackId was used for another judgement: make a new one."));
            return;
        }
        var older = ledger.CurrentOf(userId, submission);
        var sequence = ledger.NextSequence();
        ledger.Append(new()
        {
            Sequence = sequence,
            Kind = LedgerEvent.KindOf(submission.Kind),
            UserId = userId,
            FeedbackId = submission.FeedbackId,
            TargetId = _target,
            Comment = submission.Comment,
            Supersedes = older?.FeedbackId,
            Payload = payload,
            CreatedAt = ledger.Now,
        });
        if (older is not null) ledger.Change(older, j => j.SupersededBy = sequence);
        var judgement = Judgement.Of(userId, submission, sequence, ledger.Now);
        ledger.Add(judgement);
        Answer(() => ledger.StatusOf(judgement));
    }
}

internal sealed class ConsentRequest(string userId, bool granted) : CommitRequest<bool>, ILedgerRequest
{
    public (string? FeedbackId, string? TargetId, string UserId)? Touches => null;

    public void Apply(LedgerTransaction ledger)
    {
        ledger.Load([], [], [userId]);
        var isNews = ledger.HasConsented(userId) != granted;
        if (isNews)
        {
            ledger.Append(new()
            {
                Sequence = ledger.NextSequence(),
                Kind = LedgerEventKind.Consent,
                UserId = userId,
                Payload = JsonSerializer.Serialize(new ConsentPayload(granted), LedgerJson.Options),
                CreatedAt = ledger.Now,
            });
            ledger.SetConsent(userId, granted);
        }
        if (!granted) ledger.Withdraw(ledger.UsedWithoutConsent().Where(j => j.UserId == userId));
        Answer(() => isNews);
    }
}

/// <summary>
/// A run takes up its batch. Repeating it changes nothing. Of users whose consent ended after the batch was frozen it holds what was
/// used under that consent, which is withdrawn from then on.
/// </summary>
internal sealed class TakeUpBatchRequest(string runId, IReadOnlyCollection<string> feedbackIds) : CommitRequest<bool>, ILedgerRequest
{
    public (string? FeedbackId, string? TargetId, string UserId)? Touches => null;

    public void Apply(LedgerTransaction ledger)
    {
        var context = ledger.Context;
        Answer(() => true);
        if (context.EndedBatches.Any(b => b.RunId == runId)) return;
        var held = context.BatchMembers.Where(m => m.RunId == runId).Select(m => m.FeedbackId).ToHashSet();
        context.BatchMembers.AddRange(feedbackIds.Distinct().Except(held).Select(id => new BatchMember { RunId = runId, FeedbackId = id }));
        context.SaveChanges();
        context.ChangeTracker.Clear();
        ledger.TakeUp(BatchOf(context, runId), runId);
        ledger.Withdraw(ledger.UsedWithoutConsent());
    }

    public static IQueryable<Judgement> BatchOf(FeedbackContext context, string runId) =>
        context.Judgements.Where(j => context.BatchMembers.Any(m => m.RunId == runId && m.FeedbackId == j.FeedbackId));
}

/// <summary>A run has ended: with a version that went live, or without one. Repeating it changes nothing.</summary>
internal sealed class EndBatchRequest(string runId, int? learnedInVersion) : CommitRequest<bool>, ILedgerRequest
{
    public (string? FeedbackId, string? TargetId, string UserId)? Touches => null;

    public void Apply(LedgerTransaction ledger)
    {
        var context = ledger.Context;
        Answer(() => true);
        if (context.EndedBatches.Any(b => b.RunId == runId)) return;
        context.EndedBatches.Add(new() { RunId = runId, LearnedInVersion = learnedInVersion });
        context.SaveChanges();
        context.ChangeTracker.Clear();
        if (learnedInVersion is { } version)
            TakeUpBatchRequest.BatchOf(context, runId).Where(j => j.LearnedInVersion == null)
                .ExecuteUpdate(set => set.SetProperty(j => j.LearnedInVersion, version));
        context.Judgements.Where(j => j.TrainingRun == runId).ExecuteUpdate(set => set.SetProperty(j => j.TrainingRun, (string?)null));
    }
}
