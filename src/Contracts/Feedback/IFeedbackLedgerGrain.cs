namespace ChatLoop.Contracts.Feedback;

/// <summary>
/// One shard of the append-only feedback ledger; <see cref="FeedbackLedgerShards.ShardOf"/> gives a user's shard. Record and
/// Withdraw return only once the event is on disk.
/// </summary>
[Alias("ChatLoop.IFeedbackLedgerGrain")]
public interface IFeedbackLedgerGrain : IGrainWithIntegerKey
{
    Task<FeedbackStatus> Record(string userId, FeedbackSubmission submission);

    /// <summary>Appends a withdrawal. Idempotent. NotFound for an id that is not this user's.</summary>
    Task<FeedbackStatus> Withdraw(string userId, string feedbackId);

    /// <summary>The user's own judgements, newest first.</summary>
    Task<IReadOnlyList<FeedbackStatus>> List(string userId);

    /// <summary>Applies a consent change to all of the user's feedback, durably.</summary>
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
