using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.EndToEnd.Tests.Service;
using Microsoft.AspNetCore.SignalR;

namespace ChatLoop.EndToEnd.Tests.Cluster;

/// <summary>Serving silos that do not train, and training silos that do not serve: feedback becomes a version all the same.</summary>
public sealed class TrainingSiloTests
{
    private const int PairsPerRun = 16;
    private const string Unlimited = "1000000";

    /// <summary>
    /// kill -9 of the silo that trains: the other one goes on with its run, every judgement is there once, the run makes one version, and
    /// every serving silo ends on it.
    /// </summary>
    [Fact]
    public async Task Training_moves_to_another_silo_when_its_own_dies()
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(20));
        var cancel = guard.Token;
        await using var cluster = await RunningCluster.Start(["serve", "serve", "train", "train"], webServers: 1, cancel,
            ("Learning:PairsPerRun", $"{PairsPerRun}"), ("Learning:DecidedShare", "0"),
            ("RateLimits:Calls:PerSecond", Unlimited), ("RateLimits:Answers:PerSecond", Unlimited));
        var web = cluster.WebServers[0];
        using var user = await ChatUser.Visit(web.Address, cancel);
        var rater = new ScriptedRater(user, new Random(1));
        List<FeedbackStatus> acknowledged = [];
        while (acknowledged.Count < PairsPerRun) acknowledged.Add(await rater.JudgeOnePair(cancel));

        await WaitFor(web, s => s.Trainer.Phase >= LearningPhase.PolicyUpdate, cancel);
        await cluster.Silos.Skip(2).Single(HasRun).Kill();
        var ended = await WaitFor(web, s => s.Trainer.Phase == LearningPhase.Collecting && s.Checkpoints.Count >= 2, cancel);

        var made = Assert.Single(ended.Checkpoints, c => c.Version == 2);
        Assert.Equal(PairsPerRun, made.FeedbackCount);
        Assert.Single(ended.Checkpoints, c => c.Stage == CheckpointStage.Live);
        var kept = await user.MyFeedback(cancel);
        Assert.Equal(acknowledged.Select(f => f.Sequence).Order(), kept.Select(f => f.Sequence).Order());
        if (made.Stage == CheckpointStage.Live)
        {
            foreach (var silo in cluster.Silos.Take(2)) await IsServed(silo, version: 2, cancel);
        }
    }

    /// <summary>The feed may come from the silo that dies: the page connects again.</summary>
    private static async Task<LearningSnapshot> WaitFor(ChatLoopService web, Func<LearningSnapshot, bool> condition, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                return await LearningFeed.WaitFor(web, condition, cancel);
            }
            catch (Exception broken) when (broken is HubException or InvalidOperationException or RefusedException or HttpRequestException)
            {
                await Task.Delay(200, cancel);
            }
        }
    }

    /// <summary>Event files of a run lie where it trains.</summary>
    private static bool HasRun(ChatLoopService silo) => Directory.Exists(Path.Combine(silo.DataFolder, "runs"))
        && Directory.EnumerateFiles(Path.Combine(silo.DataFolder, "runs"), "*", SearchOption.AllDirectories).Any();

    private static async Task IsServed(ChatLoopService silo, int version, CancellationToken cancel)
    {
        using var http = new HttpClient { BaseAddress = silo.Address };
        while (!(await http.GetStringAsync(ChatUser.Relative("/health"), cancel)).Contains($"v{version} is live", StringComparison.Ordinal))
            await Task.Delay(100, cancel);
    }
}
