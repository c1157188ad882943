using System.Globalization;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.EndToEnd.Tests.Browser;
using ChatLoop.EndToEnd.Tests.Service;

namespace ChatLoop.EndToEnd.Tests;

/// <summary>
/// The whole loop against the real service with the starter model: raters with a hidden preference judge 64 pairs, one of them
/// through the page; the model learns as they come; the live model shows the preference.
/// </summary>
public sealed class LoopTests(Chromium chromium, ITestOutputHelper output) : IClassFixture<Chromium>
{
    private const int Pairs = 64;
    private const int Raters = 4;
    /// <summary>Of the second half: a run starts when enough of the pairs chose a side, and is waited for.</summary>
    private const int Portion = 8;

    /// <summary>CHATLOOP_LOOP_SEEDS=1-3 (first and last) runs others than the first: bench/loop.sh.</summary>
    public static TheoryData<int> Seeds => SeedRange.FromEnvironment("CHATLOOP_LOOP_SEEDS", "1");

    [Theory]
    [MemberData(nameof(Seeds))]
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
        var sawTraining = false;
        var settled = 0;
        for (var given = Pairs / 2; settled < Pairs; given += Portion)
        {
            if (given > Pairs / 2) await GivePairs(service, seed + given, Portion, cancel);
            var collected = await LearningFeed.WaitFor(service, s => s.Feedback.Pairs >= given, cancel);
            if (!sawTraining && !IsSettled(collected)) await learning.ExpectTrainingVisible();
            sawTraining |= !IsSettled(collected);
            settled = (await LearningFeed.WaitFor(service, IsSettled, cancel)).Feedback.Pairs;
        }
        var live = await Live(service, cancel);

        var after = await ScriptedRater.RateOfTrait(observer, repeats: 8, cancel);
        output.WriteLine($"seed {seed}: {after:P1} of v{live}'s answers end with a question");
        await page.ExpectLearned();
        await page.ExpectEffect();
        await page.ExpectAnswerBy(live, "Good morning!");
        await learning.ExpectLive(live);
        await learning.ExpectLatency();
        if (seed == 1) await Screenshots.Take(page, learning.Page);
        Assert.True(after >= before + 0.30, $"The trait rose from {before:P1} to {after:P1}; at least 30 points were wanted.");
    }

    /// <summary>No run is under way, and none is about to start.</summary>
    private static bool IsSettled(LearningSnapshot snapshot) =>
        snapshot.Trainer.Phase == LearningPhase.Collecting && !snapshot.NextRun.IsMetBy(snapshot.Feedback);

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

    private static async Task<int> Live(ChatLoopService service, CancellationToken cancel)
    {
        var snapshot = await LearningFeed.WaitFor(service, _ => true, cancel);
        var live = snapshot.Checkpoints.Single(c => c.Stage == CheckpointStage.Live);
        Assert.True(live.Version >= 2, $"No version went live: {snapshot.Trainer.LastOutcome}");
        return live.Version;
    }
}
