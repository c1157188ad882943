using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.EndToEnd.Tests.Browser;
using ChatLoop.EndToEnd.Tests.Service;

namespace ChatLoop.EndToEnd.Tests;

/// <summary>
/// A version that passed the gate is tried on people before it goes live: raters who like what it learned vote it live, the page shows how
/// the votes stand, and the product team pins and unpins it.
/// </summary>
public sealed class TrialTests(Chromium chromium, ITestOutputHelper output) : IClassFixture<Chromium>
{
    private const int Raters = 6;
    private const int MostVotes = 120;

    [Fact]
    public async Task Votes_make_the_version_on_trial_live_and_the_page_shows_it()
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(15));
        var cancel = guard.Token;
        await using var service = await ChatLoopService.Start(cancel,
            ("Learning:Canary:Share", "1"), ("Learning:Canary:Margin", "0.2"), ("Learning:Canary:VotesPerPerson", "50"),
            ("Identity:Admin:Name", "boss"), ("Identity:Admin:Password", "three brown walnuts"));
        await using var learning = await LearningPage.Open(chromium.Browser, service.Address);
        var users = await Task.WhenAll(Enumerable.Range(0, Raters).Select(_ => ChatUser.Visit(service.Address, cancel)));
        var raters = users.Select((user, i) => new ScriptedRater(user, new Random(500 + i))).ToArray();

        var onTrial = await Judge(service, raters, s => s.Canary is not null, cancel);
        Assert.Equal(1, onTrial.Checkpoints.Single(c => c.Stage == CheckpointStage.Live).Version);
        var version = onTrial.Canary!.Trial.Version;
        await learning.ExpectTrial(version);

        var ended = await Judge(service, raters, s => s.Canary is null, cancel);
        output.WriteLine(string.Join('\n', ended.Decisions.Select(d => $"v{d.Version} {d.Stage} {d.By}: {d.Reason}")));
        Assert.Equal(version, ended.Checkpoints.Single(c => c.Stage == CheckpointStage.Live).Version);
        Assert.Contains(ended.Decisions, d => d.Version == version && d.Stage == CheckpointStage.Live && d.By == DecisionMaker.Canary);

        await learning.ExpectLive(version);
        await learning.SignIn("boss", "three brown walnuts");
        await learning.Order("pin", version, "A release.");
        await learning.ExpectDecision("A release.");
        await learning.Order("unpin", version, "Released.");
        await learning.ExpectDecision("Released.");
        foreach (var user in users) user.Dispose();
    }

    /// <summary>Raters judge pairs side by side until the condition holds.</summary>
    private static async Task<LearningSnapshot> Judge(
        ChatLoopService service, ScriptedRater[] raters, Func<LearningSnapshot, bool> condition, CancellationToken cancel)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var waiting = LearningFeed.WaitFor(service, condition, cancel);
        var judging = Task.WhenAll(raters.Select(async rater =>
        {
            for (var i = 0; i < MostVotes && !waiting.IsCompleted; i++)
                Assert.Equal(FeedbackState.Recorded, (await rater.JudgeOnePair(cancel)).State);
        }));
        await judging;
        return await waiting;
    }
}
