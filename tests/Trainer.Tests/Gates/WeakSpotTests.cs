using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Tests.Runs;

namespace ChatLoop.Trainer.Tests.Gates;

/// <summary>
/// A policy that was paid for its reward model's guesses: PPO on the heads' mean plus many spreads finds answers that are scored high
/// because one head has never been told otherwise.
/// </summary>
public sealed class WeakSpotTests(TrainedRewardModel trained) : IClassFixture<TrainedRewardModel>
{
    private const double SpreadReward = 8;

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_high_reward_where_the_heads_disagree_is_no_gain()
    {
        SaveRewardFor("guesses", SpreadReward);

        var policy = await trained.Trainer.TrainPolicy(
            new("run", trained.Batch, LoopFixture.Starter, LoopFixture.Starter, "guesses", "exploit", 1), new ProgressLog(), Guard);
        var outcome = await trained.Trainer.Judge(
            new("run", trained.Batch, LoopFixture.Starter, LoopFixture.Starter, policy.Folder, "reward", trained.Report, 1), new ProgressLog(), Guard);

        TestContext.Current.SendDiagnosticMessage(outcome.Report.Values());
        outcome.Report.AssertNotStoppedBy("reward_gain");
        outcome.Report.AssertStoppedBy("spread");
    }

    /// <summary>The trained reward model with a reward for disagreement in the place of the penalty.</summary>
    private void SaveRewardFor(string folder, double spreads)
    {
        var store = trained.Loop.Store;
        using var loaded = store.Load("reward");
        using var model = RewardModel.From(loaded.Transformer.Weights, loaded.Heads);
        model.SpreadPenalty = -spreads;
        var heads = model.SaveHeads();
        store.Save(folder, new() { Weights = model.Trunk.Weights, Heads = heads, Files = loaded.Files });
        foreach (var head in heads.Values) head.Dispose();
    }
}
