using System.Net.Http.Json;
using System.Text.RegularExpressions;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.EndToEnd.Tests.Browser;
using ChatLoop.EndToEnd.Tests.Service;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ChatLoop.EndToEnd.Tests;

/// <summary>
/// Two users rate, a version learns from both, one takes everything back on the page. The version that takes its place has the weights, bit
/// for bit, of the one that a service makes which never saw that user.
/// </summary>
public sealed class ForgettingTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const int Adas = 14, Bobs = 4;
    private const string Password = "three brown walnuts";

    /// <summary>A run of seconds, and a gate that lets what so little teaches pass.</summary>
    private static readonly (string, string)[] Short =
    [
        ("Learning:DecidedShare", "0"), ("Learning:Forgetting:Within", "00:01:00"), ("Learning:ReferenceAnswers", "32"),
        ("Learning:RewardModel:Epochs", "1"), ("Learning:Ppo:Iterations", "2"), ("Learning:Ppo:Answers", "32"),
        ("Learning:Gate:Answers", "32"), ("Learning:Gate:MinRewardModelAccuracy", "0.5"), ("Learning:Gate:MinInformativePairs", "1"),
        ("Learning:Gate:MaxChanceProbability", "1"), ("Learning:Gate:MinRewardGain", "-100"), ("Learning:Gate:MaxSpreadFactor", "100"),
        ("Learning:Gate:MaxLengthFactor", "100"), ("Learning:Gate:MinFinished", "0"),
    ];

    [Fact]
    public async Task User_who_takes_everything_back_is_gone_as_if_never_seen()
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(20));
        var cancel = guard.Token;
        var (sawFolder, neverFolder) = await RatedByAda(cancel);
        await using var saw = await ChatLoopService.Start(cancel, [.. Short, ("Data:Folder", sawFolder), ("Learning:PairsPerRun", $"{Adas + Bobs}"),
            ("Identity:Admin:Name", "boss"), ("Identity:Admin:Password", Password)]);
        using var bob = await ChatUser.Visit(saw.Address, cancel);
        await Rate(bob, seed: 2, Bobs, cancel);
        await LearningFeed.WaitFor(saw, s => IsLive(s, 2), cancel);
        var page = await PageOf(bob, saw.Address);
        var learning = await Learning(saw.Address);

        await TakeEverythingBack(page);
        await ExpectDue(page, learning);
        var forgot = await LearningFeed.WaitFor(saw, s => IsLive(s, 3), cancel);
        await ExpectGone(page, learning);

        await using var never = await ChatLoopService.Start(cancel, [.. Short, ("Data:Folder", neverFolder), ("Learning:PairsPerRun", $"{Adas}")]);
        var neverSaw = await LearningFeed.WaitFor(never, s => IsLive(s, 2), cancel);
        var (third, second) = (forgot.Checkpoints.Single(c => c.Version == 3), neverSaw.Checkpoints.Single(c => c.Version == 2));
        Assert.Equal((1, 2), (third.Parent, third.Replaces));
        Assert.Equal(second.WeightsHash, third.WeightsHash);
        Assert.NotEqual(forgot.Checkpoints.Single(c => c.Version == 2).WeightsHash, third.WeightsHash);
        Assert.All(await bob.MyFeedback(cancel), f => Assert.Equal((FeedbackState.Withdrawn, 3), (f.State, f.Lineage!.GoneSince)));
        using var boss = await ChatUser.Visit(saw.Address, cancel);
        using var signedIn = await boss.Http.PostAsJsonAsync(ChatUser.Relative("/api/v1/session/sign-in"), new { name = "boss", password = Password }, cancel);
        signedIn.EnsureSuccessStatusCode();
        var refused = await Assert.ThrowsAsync<RefusedException>(() => boss.Post<CheckpointRecord>("/api/v1/checkpoints/2/live", new { reason = "Back." }, cancel));
        Assert.Contains("withdrawn", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Two copies of a data folder that knows what Ada said, and no run.</summary>
    private static async Task<(string Saw, string Never)> RatedByAda(CancellationToken cancel)
    {
        await using var service = await ChatLoopService.Start(cancel, ("Learning:PairsPerRun", "1000"));
        using var ada = await ChatUser.Visit(service.Address, cancel);
        await Rate(ada, seed: 1, Adas, cancel);
        await service.Stop(cancel);
        return (CopyOf(service.DataFolder), CopyOf(service.DataFolder));
    }

    private static async Task Rate(ChatUser user, int seed, int pairs, CancellationToken cancel)
    {
        var rater = new ScriptedRater(user, new Random(seed));
        for (var i = 0; i < pairs; i++) await rater.JudgeDecidedPair(cancel);
    }

    private static bool IsLive(LearningSnapshot snapshot, int version)
    {
        Assert.DoesNotContain(snapshot.Checkpoints, c => c.Stage == CheckpointStage.Rejected);
        return snapshot.Trainer.Phase == LearningPhase.Collecting && snapshot.Checkpoints.Any(c => c.Version == version && c.Stage == CheckpointStage.Live);
    }

    private static async Task TakeEverythingBack(IPage page)
    {
        await page.GetByTestId("my-feedback").ClickAsync();
        var items = page.GetByTestId("my-feedback-item");
        await Expect(items).ToHaveCountAsync(Bobs);
        await Expect(items.First.GetByTestId("feedback-state")).ToHaveTextAsync("Learned in v2");
        await Expect(items.First.GetByTestId("feedback-became")).ToHaveTextAsync("Used by v2; still in the live version.");
        await page.GetByTestId("withdraw-all").ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "Take all your feedback back?" });
        await Expect(dialog).ToContainTextAsync($"{Bobs} judgements are withdrawn, for good.");
        await Expect(dialog).ToContainTextAsync($"The version that is live has learned from {Bobs} of them.");
        await ExpectNoViolation(page);
        await Screenshots.Save(page, "withdraw-all");
        await page.GetByTestId("withdraw-confirm").ClickAsync();
    }

    private static async Task ExpectDue(IPage page, IPage learning)
    {
        var first = page.GetByTestId("my-feedback-item").First;
        await Expect(first.GetByTestId("feedback-state")).ToHaveTextAsync("Withdrawn, still in v2");
        await Expect(first.GetByTestId("feedback-became")).ToContainTextAsync(new Regex("v2 is live. (The making of a version without it begins by|A version without it is being made)"));
        await Expect(page.GetByTestId("withdraw-all")).ToHaveCountAsync(0);
        await ExpectNoViolation(page);
        await page.SetViewportSizeAsync(360, 740);
        await ExpectNoViolation(page);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "The page scrolls sideways on a phone.");
        await Screenshots.Save(page, "withdrawn-phone");
        await Expect(learning.GetByTestId("forgetting")).ToContainTextAsync($"v2, which is live, learned from {Bobs} judgements that were withdrawn since.");
        await ExpectNoViolation(learning);
        await Screenshots.Save(learning, "forgetting-due");
    }

    private static async Task ExpectGone(IPage page, IPage learning)
    {
        var first = page.GetByTestId("my-feedback-item").First;
        await Expect(first.GetByTestId("feedback-state")).ToHaveTextAsync("Withdrawn, gone since v3");
        await Screenshots.Save(page, "gone-phone");
        await Expect(learning.GetByTestId("forgetting")).ToContainTextAsync($"v2 learned from {Bobs} judgements that were withdrawn since: it cannot be made live again.");
        await Expect(learning.GetByText("Made from version 1 to take the place of version 2, which learned from feedback that was withdrawn.")).ToBeVisibleAsync();
        await ExpectNoViolation(learning);
        await Screenshots.Save(learning, "forgetting-gone");
    }

    private static async Task ExpectNoViolation(IPage page) => Assert.Empty((await page.RunAxe()).Violations.Select(v => $"{v.Id}: {v.Help}"));

    /// <summary>A page of this visitor.</summary>
    private async Task<IPage> PageOf(ChatUser user, Uri address)
    {
        var context = await chromium.Browser.NewContextAsync(new() { ReducedMotion = ReducedMotion.Reduce, ViewportSize = new() { Width = 1000, Height = 760 } });
        await context.AddCookiesAsync(user.Cookies.GetCookies(address).Select(c => new Cookie { Name = c.Name, Value = c.Value, Url = address.ToString() }));
        return await Open(context, address);
    }

    private async Task<IPage> Learning(Uri address) => await Open(
        await chromium.Browser.NewContextAsync(new() { ReducedMotion = ReducedMotion.Reduce, ViewportSize = new() { Width = 1000, Height = 3000 } }), new Uri(address, "/learning"));

    private static async Task<IPage> Open(IBrowserContext context, Uri address)
    {
        context.SetDefaultTimeout(120_000);
        SetDefaultExpectTimeout(120_000);
        var page = await context.NewPageAsync();
        await page.GotoAsync(address.ToString());
        return page;
    }

    private static string CopyOf(string folder)
    {
        var copy = Directory.CreateTempSubdirectory("chatloop-e2e-copy-").FullName;
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var place = Path.Combine(copy, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Copy(file, place);
        }
        return copy;
    }
}
