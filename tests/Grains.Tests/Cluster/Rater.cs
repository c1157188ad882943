using System.Collections.Immutable;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Users;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Cluster;

/// <summary>A user who chats with the scripted engine and judges answers.</summary>
public sealed class Rater(GrainCluster cluster, string user)
{
    private int _prompts;

    public string User => user;
    public IFeedbackLedgerGrain Ledger => cluster.Ledger(user);

    public async Task<Rater> Consent(TrainingConsent consent = TrainingConsent.Granted)
    {
        await cluster.User(user).SetConsent(consent);
        return this;
    }

    /// <summary>A finished answer in a new conversation, and a thumb for it that is not sent yet.</summary>
    public async Task<FeedbackSubmission> ThumbFor(string prompt, Thumb thumb = Thumb.Up)
    {
        var (conversation, receipt) = await Ask(prompt);
        return new()
        {
            FeedbackId = NewId(),
            Kind = FeedbackKind.Thumb,
            ConversationId = conversation.GetPrimaryKeyString(),
            TurnId = receipt.AnswerTurnId,
            Thumb = thumb,
        };
    }

    /// <summary>A pair in a new conversation, and a verdict on it that is not sent yet. The better answer ends with an exclamation mark.</summary>
    public async Task<FeedbackSubmission> VerdictFor(string prompt, PairVerdict? verdict = null)
    {
        var (conversation, first) = await Ask(prompt);
        var second = await conversation.Answer(user, new AnswerRequest(NewId(), first.UserTurnId, first.AnswerTurnId, Sampling: null));
        (await cluster.Engine.NextAnswer(Guard)).Say("Better").Say("!").End();
        await conversation.ReadAll(user, second.RunId);
        return new()
        {
            FeedbackId = NewId(),
            Kind = FeedbackKind.Pair,
            ConversationId = conversation.GetPrimaryKeyString(),
            ComparisonId = second.Comparison!.ComparisonId,
            Verdict = verdict ?? (second.Comparison.LeftTurnId == second.AnswerTurnId ? PairVerdict.Left : PairVerdict.Right),
        };
    }

    /// <summary>A comparison of so many answers in a new conversation, and ranks of them that are not sent yet.</summary>
    public async Task<FeedbackSubmission> RankingFor(string prompt, params ImmutableArray<int> ranks)
    {
        var (conversation, first) = await Ask(prompt);
        var comparison = (await Further(conversation, first, first.AnswerTurnId, joins: null)).Comparison!;
        for (var i = 2; i < ranks.Length; i++) comparison = (await Further(conversation, first, compared: null, comparison.ComparisonId)).Comparison!;
        return new()
        {
            FeedbackId = NewId(),
            Kind = FeedbackKind.Ranking,
            ConversationId = conversation.GetPrimaryKeyString(),
            ComparisonId = comparison.ComparisonId,
            Ranks = new(ranks),
        };
    }

    /// <summary>A user's own answer to a message of a new conversation, not sent yet.</summary>
    public async Task<FeedbackSubmission> DemonstrationFor(string prompt, string text, bool fromSuggestion)
    {
        var (conversation, receipt) = await Ask(prompt);
        return new()
        {
            FeedbackId = NewId(),
            Kind = FeedbackKind.Demonstration,
            ConversationId = conversation.GetPrimaryKeyString(),
            UserTurnId = receipt.UserTurnId,
            TurnId = fromSuggestion ? receipt.AnswerTurnId : null,
            Text = text,
        };
    }

    /// <summary>Judges so many pairs, each of a prompt of its own.</summary>
    public async Task<List<FeedbackStatus>> JudgePairs(int count, PairVerdict? verdict = null)
    {
        List<FeedbackStatus> judged = [];
        for (var i = 0; i < count; i++)
            judged.Add(await Ledger.Record(user, await VerdictFor($"{user}'s question {++_prompts}", verdict)));
        return judged;
    }

    public async Task<FeedbackStatus> StatusOf(string feedbackId) =>
        (await Ledger.List(user)).Single(f => f.Submission.FeedbackId == feedbackId);

    private async Task<RunReceipt> Further(IConversationGrain conversation, RunReceipt first, string? compared, string? joins)
    {
        var further = await conversation.Answer(user, new AnswerRequest(NewId(), first.UserTurnId, compared, Sampling: null, joins));
        (await cluster.Engine.NextAnswer(Guard)).Say("Another").Say(".").End();
        await conversation.ReadAll(user, further.RunId);
        return further;
    }

    private async Task<(IConversationGrain Conversation, RunReceipt Receipt)> Ask(string prompt)
    {
        var conversation = cluster.Conversation(NewId());
        await conversation.Create(user, title: null);
        var receipt = await conversation.Say(user, prompt);
        (await cluster.Engine.NextAnswer(Guard)).Say("Good").Say(".").End();
        await conversation.ReadAll(user, receipt.RunId);
        return (conversation, receipt);
    }
}
