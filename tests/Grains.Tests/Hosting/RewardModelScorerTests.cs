using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Model.Tests.Generation;
using ChatLoop.Silo.Serving;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Hosting;

/// <summary>A saved reward model that scores for the conversations.</summary>
public sealed class RewardModelScorerTests : IDisposable
{
    private static readonly PromptMessage[] Prompt = [new(TurnRole.User, "hello")];
    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-scorer-").FullName;
    private readonly CheckpointStore _store;

    public RewardModelScorerTests()
    {
        _store = new(_folder);
        SaveRewardModel(_store, "reward-models/one");
    }

    [Fact]
    public async Task Scores_are_the_saved_models_own()
    {
        using var scorer = new RewardModelScorer(_store, new());
        Assert.False(scorer.IsReady);
        Assert.Null(await scorer.Score(Prompt, [[5, 1]], Guard));

        await scorer.Swap("reward-models/one");
        var scores = await scorer.Score(Prompt, [[5, 6, 1], [7, 1]], Guard);

        using var loaded = _store.Load("reward-models/one");
        using var model = RewardModel.From(loaded.Transformer.Weights, loaded.Heads);
        var question = new FeedbackTokens(loaded.Template, loaded.Transformer.Config.MaxPositions).Prompt(Prompt, 3)!;
        var expected = model.Estimates([new TokenizedAnswer(question, [5, 6, 1]), new TokenizedAnswer(question, [7, 1])], loaded.Template.Pad, 1024, Guard);
        Assert.True(scorer.IsReady);
        Assert.Equal(expected.Select(e => e.ByHead), scores!.Select(s => s.ByHead));
        Assert.All(scores!, s => Assert.Equal(3, s.ByHead.Count));
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_leaves_none()
    {
        using var scorer = new RewardModelScorer(_store, new());
        await scorer.Swap("reward-models/one");

        await Assert.ThrowsAnyAsync<ChatLoopException>(() => scorer.Swap("reward-models/missing"));

        Assert.False(scorer.IsReady);
        Assert.Null(await scorer.Score(Prompt, [[5, 1]], Guard));
        await scorer.Swap("reward-models/one");
        await scorer.Swap(folder: null);
        Assert.False(scorer.IsReady);
    }

    /// <summary>In the whole silo: none for the starter, then the one of the version that went live.</summary>
    [Fact]
    public async Task The_live_versions_reward_model_scores()
    {
        RunningSilo.MakeStarter(Path.Combine(_folder, "models"));
        await using var silo = await RunningSilo.Start($"--Data:Folder={Path.Combine(_folder, "data")}", $"--Model:Starter={Path.Combine(_folder, "models", "starter")}");
        Assert.False(silo.Scorer.IsReady);
        SaveRewardModel(silo.Store, "reward-models/run-2");
        var saved = RunningSilo.Save(silo.Store, "v2", seed: 2);
        var version = await silo.Registry.Reserve("run-2");
        await silo.Registry.Register(new()
        {
            Version = version,
            Parent = 1,
            RunId = "run-2",
            Folder = "v2",
            WeightsHash = saved.WeightsHash,
            CreatedAt = DateTimeOffset.UtcNow,
            RewardModel = "reward-models/run-2",
        });

        await silo.Registry.Decide(version, new([new GateCheck("kl", 3, 15, "at most 15", Passed: true)]), new());

        while (!silo.Scorer.IsReady) await Task.Delay(5, Guard);
        Assert.NotNull(await silo.Scorer.Score(Prompt, [[5, 1]], Guard));
    }

    private static void SaveRewardModel(CheckpointStore store, string folder)
    {
        using var weights = TinyPolicy.Weights(1, endsAnswers: true);
        using var model = RewardModel.From(weights, seed: 3, heads: 3);
        var heads = model.SaveHeads();
        store.Save(folder, TinyCheckpoint.Contents(weights) with { Heads = heads });
        foreach (var head in heads.Values) head.Dispose();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
