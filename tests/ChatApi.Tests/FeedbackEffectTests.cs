using System.Net;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace ChatLoop.ChatApi.Tests;

/// <summary>What a version that used a judgement makes of it, over HTTP and with models that really run.</summary>
public sealed class FeedbackEffectTests(NotificationTests.QuickLearner server) : IClassFixture<NotificationTests.QuickLearner>
{
    private static CancellationToken Cancel => HangGuard.Token;

    [Fact]
    public async Task Effect_is_told_to_its_owner_once_a_version_has_used_it_and_only_while_the_files_are_there()
    {
        using var visitor = new TestVisitor(server);
        using var stranger = new TestVisitor(server);
        await visitor.GrantConsent();
        var judged = await JudgePair(visitor);
        (await visitor.Get(EffectOf(judged))).Problem(HttpStatusCode.Conflict, "conflict", "waits for the next training run");
        var other = await JudgePair(visitor);
        server.Trainer.FinishRun();
        var learned = await Learned(visitor);

        var effect = (await visitor.Get(EffectOf(judged))).Ok<FeedbackEffect>();
        Assert.Equal((2, 1, NotificationTests.QuickLearner.PairsPerRun), (effect.Version, effect.ParentVersion, effect.JudgementCount));
        Assert.Equal([1, 2], effect.Answers.Select(a => a.Rank!.Value));
        ExpectModelsOwnNumbers(effect, learned);
        Assert.NotNull(learned.Latency.ToLive);

        (await stranger.Get(EffectOf(judged))).Problem(HttpStatusCode.NotFound, "notFound");
        (await visitor.Get("/api/v1/feedback/never-given/effect")).Problem(HttpStatusCode.NotFound, "notFound");

        server.Services.GetRequiredService<CheckpointStore>().Delete("starter");
        (await visitor.Get(EffectOf(other))).Problem(HttpStatusCode.Conflict, "conflict", "version 1", "no longer there");
        Assert.Equivalent(effect, (await visitor.Get(EffectOf(judged))).Ok<FeedbackEffect>());
    }

    /// <summary>Each model asked by hand for the tokens that the scripted engine said.</summary>
    private void ExpectModelsOwnNumbers(FeedbackEffect effect, LearningSnapshot learned)
    {
        var store = server.Services.GetRequiredService<CheckpointStore>();
        int[] said = [.. "You said: Compare this".Split(' ').Select(_ => ScriptedEngine.Word), ScriptedEngine.EndOfTurn];
        foreach (var (folder, numberOf) in ((string, Func<JudgedAnswer, double?>)[])[("starter", a => a.OldLogProbability), (learned.Checkpoints[^1].Folder, a => a.NewLogProbability)])
        {
            using var policy = store.Load(folder);
            var answer = new TokenizedAnswer(policy.Template.Prompt([new(TurnRole.User, "Compare this")]), said);
            var total = AnswerLikelihood.Evaluate(policy.Transformer, [answer], policy.Template.Pad, 1024, Cancel)[0].Total;
            Assert.All(effect.Answers, a => Assert.Equal(total, numberOf(a)!.Value, 1e-3));
            using var reward = RewardModel.Load(store, learned.Checkpoints[^1].RewardModel!);
            Assert.All(effect.Answers, a => Assert.Equal(reward.Scores([answer], policy.Template.Pad, 1024, Cancel)[0], a.Reward!.Value, 1e-4));
        }
        Assert.Equal(0, effect.PreferenceShift!.Value, 1e-6);
    }

    private static string EffectOf(FeedbackStatus status) => $"/api/v1/feedback/{status.Submission.FeedbackId}/effect";

    private static async Task<FeedbackStatus> JudgePair(TestVisitor visitor)
    {
        var (id, comparison) = await visitor.NewPair();
        return await visitor.Judge(id, comparison, PairVerdict.Left);
    }

    private static async Task<LearningSnapshot> Learned(TestVisitor visitor)
    {
        await using var learning = visitor.Hub("/hubs/learning");
        await learning.StartAsync(Cancel);
        await foreach (var snapshot in learning.StreamAsync<LearningSnapshot>("Watch", Cancel))
            if (snapshot.Trainer is { Phase: LearningPhase.Collecting, LastOutcome: not null } && snapshot.Latency.ToLive is not null) return snapshot;
        throw new InvalidOperationException("The connection ended.");
    }
}
