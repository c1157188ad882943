using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Forgetting;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Canaries;
using ChatLoop.Grains.Forgetting;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Placement;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace ChatLoop.Grains.Feedback;

/// <summary>
/// One shard of the ledger: checks judgements, adds what they were about, and hands them to the store. Reentrant, because all order
/// is made by the store's one writer: the calls of many users wait for the same commit.
/// </summary>
[Reentrant]
[RequiresRole(SiloRole.Serve)]
public sealed partial class FeedbackLedgerGrain(FeedbackStore store, ForgettingSurvey survey, FeedbackOptions options, TimeProvider clock, ILogger<FeedbackLedgerGrain> log) : Grain, IFeedbackLedgerGrain
{
    public async Task<FeedbackStatus> Record(string userId, FeedbackSubmission submission)
    {
        var checkedSubmission = FeedbackRules.Check(submission);
        var conversation = GrainFactory.GetGrain<IConversationGrain>(submission.ConversationId);
        var (status, isVote) = await Record(userId, checkedSubmission, conversation);
        if (submission.ComparisonId is { } comparison) await Reveal(conversation, userId, comparison);
        if (Judgement.IsComparison(submission.Kind)) await WakeTrainer();
        if (isVote) await WakeCanary();
        return status;
    }

    public async Task<FeedbackStatus> Withdraw(string userId, string feedbackId) =>
        (await Withdrawn(userId, [await store.Withdraw(userId, feedbackId)]))[0];

    public async Task<IReadOnlyList<FeedbackStatus>> WithdrawConversation(string userId, string conversationId) =>
        await Withdrawn(userId, await store.WithdrawConversation(userId, conversationId));

    public async Task<IReadOnlyList<FeedbackStatus>> WithdrawAll(string userId) => await Withdrawn(userId, await store.WithdrawAll(userId));

    public async Task<IReadOnlyList<FeedbackStatus>> List(string userId) => await WithLineage(userId, await store.List(userId));

    public async Task ConsentChanged(string userId, bool granted)
    {
        await store.SetConsent(userId, granted);
        if (granted) await WakeTrainer();
        else await WakeForgetting();
    }

    private async Task<IReadOnlyList<FeedbackStatus>> Withdrawn(string userId, IReadOnlyList<FeedbackStatus> statuses)
    {
        await WakeForgetting();
        return await WithLineage(userId, statuses);
    }

    private Task<IReadOnlyList<FeedbackStatus>> WithLineage(string userId, IReadOnlyList<FeedbackStatus> statuses)
    {
        var registry = GrainFactory.GetGrain<ICheckpointRegistryGrain>(ServedModel.Name);
        return survey.WithLineage(userId, statuses, registry.List, registry.Decisions);
    }

    /// <summary>
    /// Wherever the trainer runs. What is durable must not look lost because the trainer's silo is just leaving: the next judgement
    /// wakes it again, and so does the start of the silo that it moves to.
    /// </summary>
    private Task WakeTrainer() => Tell(() => GrainFactory.GetGrain<IRewardTrainerGrain>(ServedModel.Name).FeedbackRecorded());

    /// <summary>Of a canary's trial, which looks by itself every minute.</summary>
    private Task WakeCanary() => Tell(() => GrainFactory.GetGrain<ICanaryGrain>(ServedModel.Name).Voted());

    /// <summary>The same: it looks again whenever it wakes.</summary>
    private Task WakeForgetting() => Tell(() => GrainFactory.GetGrain<IForgettingGrain>(ServedModel.Name).Wake());

    private async Task Tell(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception error)
        {
            LogNotWoken(error);
        }
    }

    private async Task<(FeedbackStatus Status, bool IsVote)> Record(string userId, FeedbackSubmission submission, IConversationGrain conversation)
    {
        RatedContext context;
        try
        {
            context = submission.Kind switch
            {
                FeedbackKind.Pair or FeedbackKind.Ranking => await conversation.GetRatedComparison(userId, submission.ComparisonId!),
                FeedbackKind.Demonstration => await conversation.GetDemonstratedPrompt(userId, submission.UserTurnId!, submission.TurnId),
                _ => await conversation.GetRatedAnswer(userId, submission.TurnId!),
            };
            FeedbackRules.CheckAgainst(submission, context);
            FeedbackRules.CheckInTime(context, options.VerdictWithin, clock.GetUtcNow());
        }
        catch (ChatLoopException)
        {
            // A retry of what is recorded already succeeds, also when the conversation is gone or the time is over since.
            if (await store.FindRepeated(userId, submission) is { } known) return (known, false);
            throw;
        }
        return (await store.Record(userId, submission, context), CanaryVote.IsPossible(context));
    }

    /// <summary>The judgement is durable; that the blind could not be ended must not make it look lost. A repeated call tries again.</summary>
    private async Task Reveal(IConversationGrain conversation, string userId, string comparisonId)
    {
        try
        {
            await conversation.RevealComparison(userId, comparisonId);
        }
        catch (Exception error)
        {
            LogNotRevealed(error, comparisonId);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Feedback is recorded, but the trainer could not be told.")]
    private partial void LogNotWoken(Exception error);

    [LoggerMessage(LogLevel.Warning, "Comparison {Comparison} is judged, but its versions could not be revealed.")]
    private partial void LogNotRevealed(Exception error, string comparison);
}
