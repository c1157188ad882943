namespace ChatLoop.Contracts.Feedback;

/// <summary>
/// One shard of the append-only feedback ledger; <see cref="FeedbackLedgerShards.ShardOf"/> gives a user's shard. Record and
/// the withdrawals return only once the event is on disk.
/// </summary>
[Alias("ChatLoop.IFeedbackLedgerGrain")]
public interface IFeedbackLedgerGrain : IGrainWithIntegerKey
{
    Task<FeedbackStatus> Record(string userId, FeedbackSubmission submission);

    /// <summary>
    /// Takes a judgement back, with those of the same target that it had replaced; their texts are erased. Idempotent. NotFound for an id
    /// that is not this user's.
    /// </summary>
    Task<FeedbackStatus> Withdraw(string userId, string feedbackId);

    /// <summary>Takes all of the user's judgements in a conversation back, at once. Returns them, those taken back earlier too, newest first.</summary>
    Task<IReadOnlyList<FeedbackStatus>> WithdrawConversation(string userId, string conversationId);

    /// <summary>The same with all of the user's judgements.</summary>
    Task<IReadOnlyList<FeedbackStatus>> WithdrawAll(string userId);

    /// <summary>The user's own judgements, newest first.</summary>
    Task<IReadOnlyList<FeedbackStatus>> List(string userId);

    /// <summary>
    /// Applies a consent change to all of the user's feedback, durably. What runs had used under a consent that ends is withdrawn for good.
    /// </summary>
    Task ConsentChanged(string userId, bool granted);
}

public static class FeedbackLedgerShards
{
    public const int Count = 4;

    /// <summary>Stable over processes and versions (FNV-1a), unlike string.GetHashCode.</summary>
    public static long ShardOf(string userId)
    {
        var hash = 2166136261u;
        foreach (var c in userId) hash = (hash ^ c) * 16777619u;
        return hash % Count;
    }
}
