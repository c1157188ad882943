using System.Globalization;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.EndToEnd.Tests.Browser;
using ChatLoop.EndToEnd.Tests.Service;

namespace ChatLoop.EndToEnd.Tests;

/// <summary>
/// The whole loop against the real service with the starter model: raters with a hidden preference judge 64 pairs, two of them
/// through the page; the model learns twice; the live model shows the preference.
/// </summary>
public sealed class LoopTests(Chromium chromium, ITestOutputHelper output) : IClassFixture<Chromium>
{
    private const int Pairs = 64;
    private const int Raters = 4;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Raters_preference_shows_in_the_live_model(int seed)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(20));
        var cancel = guard.Token;
        await using var service = await ChatLoopService.Start(cancel, ("Learning:Seed", seed.ToString(CultureInfo.InvariantCulture)));
        using var observer = await ChatUser.Visit(service.Address, cancel);
        var before = await ScriptedRater.RateOfTrait(observer, repeats: 8, cancel);
        output.WriteLine($"seed {seed}: {before:P1} of v1's answers end with a question");

        var page = await ChatPage.Open(chromium.Browser, service.Address);
        await using var learning = await LearningPage.Open(chromium.Browser, service.Address);
        await page.JudgePairByHand(ScriptedRater.HasTrait, "What is the capital of France?");
        await GivePairs(service, seed, Pairs / 2 - 1, cancel);
        var given = await GivePairsUntilTrained(service, seed + 50, Pairs / 2, cancel);
        await learning.ExpectTrainingVisible();
        var firstLive = await Promoted(service, 2, cancel);
        await page.ExpectLearned();
        await page.JudgePairByHand(ScriptedRater.HasTrait, "What is 7 plus 5?");
        await GivePairs(service, seed + 100, Pairs - given - 1, cancel);
        var live = await Settled(service, firstLive, cancel);

        var after = await ScriptedRater.RateOfTrait(observer, repeats: 8, cancel);
        output.WriteLine($"seed {seed}: {after:P1} of v{live}'s answers end with a question");
        await page.ExpectAnswerBy(live, "Good morning!");
        await learning.ExpectLive(live);
        if (seed == 1) await Screenshots.Take(page, learning.Page);
        Assert.True(after >= before + 0.30, $"The trait rose from {before:P1} to {after:P1}; at least 30 points were wanted.");
    }

    /// <summary>Ties say little, so that a run may need more pairs than half of all. Returns how many were given in all.</summary>
    private static async Task<int> GivePairsUntilTrained(ChatLoopService service, int seed, int given, CancellationToken cancel)
    {
        while (true)
        {
            var collected = await LearningFeed.WaitFor(service, s => s.Feedback.Pairs >= given, cancel);
            if (collected.Trainer.Phase > LearningPhase.Collecting || collected.NextRun.IsMetBy(collected.Feedback)) return given;
            Assert.True(given < Pairs, $"{Pairs} pairs started no run: {collected.Trainer.Detail}");
            await GivePairs(service, seed + given, Raters, cancel);
            given += Raters;
        }
    }

    private static async Task GivePairs(ChatLoopService service, int seed, int count, CancellationToken cancel)
    {
        await Task.WhenAll(Enumerable.Range(0, Raters).Select(async r =>
        {
            using var user = await ChatUser.Visit(service.Address, cancel);
            var rater = new ScriptedRater(user, new Random(seed * 31 + r));
            for (var i = r; i < count; i += Raters)
                Assert.Equal(FeedbackState.Recorded, (await rater.JudgeOnePair(cancel)).State);
        }));
    }

    /// <summary>Waits for a live version of at least this number and returns it.</summary>
    private static async Task<int> Promoted(ChatLoopService service, int atLeast, CancellationToken cancel)
    {
        var snapshot = await LearningFeed.WaitFor(service,
            s => s.Trainer.Phase == LearningPhase.Collecting && s.Checkpoints.Any(c => c.Version >= atLeast), cancel);
        var newest = snapshot.Checkpoints[^1];
        Assert.True(newest.Stage == CheckpointStage.Live, $"v{newest.Version} was not promoted: {snapshot.Trainer.LastOutcome}");
        Assert.Equal(newest.Version - 1, newest.Parent);
        return newest.Version;
    }

    /// <summary>Waits for the end of the second run, if what is left of the pairs starts one. Returns the live version.</summary>
    private static async Task<int> Settled(ChatLoopService service, int firstLive, CancellationToken cancel)
    {
        var all = await LearningFeed.WaitFor(service, s => s.Feedback.Pairs >= Pairs, cancel);
        var runsAgain = all.Trainer.Phase > LearningPhase.Collecting || all.NextRun.IsMetBy(all.Feedback) || all.Checkpoints[^1].Version > firstLive;
        return await Promoted(service, runsAgain ? firstLive + 1 : firstLive, cancel);
    }
}
