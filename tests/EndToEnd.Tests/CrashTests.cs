using System.Collections.Concurrent;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.EndToEnd.Tests.Service;

namespace ChatLoop.EndToEnd.Tests;

/// <summary>kill -9 while feedback and training are under way: nothing acknowledged is lost or doubled, and training goes on.</summary>
public sealed class CrashTests
{
    private const int PairsPerRun = 16;
    private const string Unlimited = "1000000";

    /// <summary>Of each rater: what they judge while a run is under way is the next run's batch, which must end, too.</summary>
    private const int MostPairs = 100;

    [Theory]
    [InlineData(LearningPhase.RewardModel)]
    [InlineData(LearningPhase.PolicyUpdate)]
    [InlineData(LearningPhase.Gate)]
    public async Task Killed_in_a_training_step(LearningPhase phase)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(15));
        var cancel = guard.Token;
        // The raters never pause, which no person can do: on a fast machine they would reach the limits that are made for people.
        await using var service = await ChatLoopService.Start(cancel, ("Learning:PairsPerRun", $"{PairsPerRun}"), ("Learning:DecidedShare", "0"),
            ("RateLimits:Calls:PerSecond", Unlimited), ("RateLimits:Answers:PerSecond", Unlimited));
        var acknowledged = new ConcurrentDictionary<ChatUser, ConcurrentBag<FeedbackStatus>>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);

        var raters = Enumerable.Range(0, 3).Select(r => RateUntilStopped(service, acknowledged, r, stop.Token)).ToArray();
        await LearningFeed.WaitFor(service, s => s.Trainer.Phase >= phase, cancel);
        await service.Kill();
        await stop.CancelAsync();
        await Task.WhenAll(raters);
        await service.Restart(cancel);

        foreach (var (user, events) in acknowledged)
        {
            user.MoveTo(service.Address);
            var kept = await user.MyFeedback(cancel);
            foreach (var feedback in events)
                Assert.Single(kept, k => k.Submission.FeedbackId == feedback.Submission.FeedbackId && k.Sequence == feedback.Sequence);
            Assert.Equal(kept.Count, kept.Select(k => k.Submission.ComparisonId).Distinct().Count());
            Assert.Equal(kept.Count, kept.Select(k => k.Sequence).Distinct().Count());
        }
        var ended = await LearningFeed.WaitFor(service, s => s.Trainer.Phase == LearningPhase.Collecting && s.Checkpoints.Count >= 2, cancel);
        Assert.Single(ended.Checkpoints, c => c.Stage == CheckpointStage.Live);
        Assert.Single(ended.Checkpoints, c => c.Version == 2);
        Assert.Contains(ended.Checkpoints[1].Stage, (CheckpointStage[])[CheckpointStage.Live, CheckpointStage.Retired, CheckpointStage.Rejected]);
        using var visitor = await ChatUser.Visit(service.Address, cancel);
        var conversation = await visitor.NewConversation(cancel);
        var run = await visitor.Send(conversation.ConversationId, "Hello!", null, null, cancel);
        Assert.NotEmpty(await visitor.Read(conversation.ConversationId, run.RunId, cancel));
        foreach (var user in acknowledged.Keys) user.Dispose();
    }

    /// <summary>Rates pair after pair; what was not acknowledged when the process died does not count.</summary>
    private static async Task RateUntilStopped(
        ChatLoopService service, ConcurrentDictionary<ChatUser, ConcurrentBag<FeedbackStatus>> acknowledged, int seed, CancellationToken cancel)
    {
        var user = await ChatUser.Visit(service.Address, cancel);
        var events = acknowledged.GetOrAdd(user, _ => []);
        var rater = new ScriptedRater(user, new Random(seed));
        try
        {
            while (!cancel.IsCancellationRequested && events.Count < MostPairs) events.Add(await rater.JudgeOnePair(cancel));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The process was killed.
        }
    }
}
