using ChatLoop.Contracts.Feedback;

namespace ChatLoop.ChatApi.Feedback;

public static class Ledger
{
    /// <summary>The shard of the ledger that holds a user's judgements.</summary>
    public static IFeedbackLedgerGrain LedgerOf(this IGrainFactory grains, string userId) =>
        grains.GetGrain<IFeedbackLedgerGrain>(FeedbackLedgerShards.ShardOf(userId));
}
