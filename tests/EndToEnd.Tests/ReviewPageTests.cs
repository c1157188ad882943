using ChatLoop.Contracts.Feedback;
using ChatLoop.EndToEnd.Tests.Browser;
using ChatLoop.EndToEnd.Tests.Service;
using Microsoft.Playwright;
using static ChatLoop.EndToEnd.Tests.Browser.TestPage;
using static Microsoft.Playwright.Assertions;

namespace ChatLoop.EndToEnd.Tests;

/// <summary>Four of twelve people push one phrase of the starter's; a reviewer sees their votes and decides.</summary>
public sealed class ReviewPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Password = "an old green door", Phrase = "would you like";
    private const int Campaigners = 4, VotesOfEach = 26, Others = 8, VotesOfOthers = 6;

    [Fact]
    public async Task Reviewer_decides_on_what_several_push_together()
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var cancel = guard.Token;
        // Less is needed to be suspicious than by default, and no run is to begin.
        await using var service = await ChatLoopService.Start(cancel,
            ("Identity:Admin:Name", "boss"), ("Identity:Admin:Password", Password), ("Learning:PairsPerRun", "100000"),
            ("Feedback:Quarantine:Error", "0.2"), ("Feedback:Quarantine:HonestShare", "0.5"), ("RateLimits:Answers:Burst", "100000"));
        using var admin = await ChatUser.Visit(service.Address, cancel);
        await admin.Post<object?>("/api/v1/session/sign-in", new { name = "boss", password = Password }, cancel);
        await admin.Post<object?>("/api/v1/accounts", new { name = "rita", password = Password, role = "reviewer" }, cancel);
        await Task.WhenAll(
        [
            .. Enumerable.Range(0, Campaigners).Select(_ => Judge(service.Address, VotesOfEach, isFor: _ => true, cancel)),
            .. Enumerable.Range(0, Others).Select(_ => Judge(service.Address, VotesOfOthers, isFor: vote => vote % 2 == 0, cancel)),
        ]);

        var stranger = await Open(chromium.Browser, new Uri(service.Address, "/review").ToString());
        await Expect(stranger.GetByTestId("review-closed")).ToBeVisibleAsync();

        var page = await Open(chromium.Browser, new Uri(service.Address, "/sign-in").ToString());
        await Fill(page, "rita", Password);
        await page.GetByTestId("account-menu").ClickAsync();
        await page.GetByTestId("menu-review").ClickAsync();
        var group = page.GetByTestId("review-group").First;
        await Expect(group).ToContainTextAsync($"{Campaigners} people preferred the answer with");
        await Check(page, "review");
        await group.GetByTestId("review-vote").First.GetByRole(AriaRole.Button, new() { Name = "Leave unused" }).ClickAsync();
        await Expect(group.Locator("[data-state=rejected]")).ToContainTextAsync("decided by rita");
        await group.GetByTestId("accept-all").ClickAsync();
        await Expect(page.GetByTestId("review-empty")).ToBeVisibleAsync();
        await page.ReloadAsync();
        await page.GetByTestId("show-all").First.ClickAsync();
        await Expect(page.Locator("[data-state=rejected]")).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-state=accepted]")).Not.ToHaveCountAsync(0);
        await Expect(page.Locator("[data-state=waiting]")).ToHaveCountAsync(0);
    }

    /// <summary>Votes on every pair; as is meant where one answer alone has the phrase, and for the left one elsewhere.</summary>
    /// <param name="count">Of pairs where the phrase decides.</param>
    private static async Task Judge(Uri address, int count, Func<int, bool> isFor, CancellationToken cancel)
    {
        using var user = await ChatUser.Visit(address, cancel);
        for (var vote = 0; vote < count;)
        {
            var conversation = (await user.NewConversation(cancel)).ConversationId;
            var first = await user.Send(conversation, "What is the capital of France?", null, null, cancel);
            var (left, second) = (await user.Read(conversation, first.RunId, cancel), await user.AnswerAgain(conversation, first.UserTurnId, first.AnswerTurnId, null, cancel));
            var right = await user.Read(conversation, second.RunId, cancel);
            var decides = Has(left) != Has(right);
            await user.Judge(new()
            {
                FeedbackId = ChatUser.NewId(),
                Kind = FeedbackKind.Pair,
                ConversationId = conversation,
                ComparisonId = second.Comparison!.ComparisonId,
                Verdict = !decides || (second.Comparison.LeftTurnId == first.AnswerTurnId) == (Has(left) == isFor(vote)) ? PairVerdict.Left : PairVerdict.Right,
            }, cancel);
            if (decides) vote++;
        }

        static bool Has(string answer) => answer.Contains(Phrase, StringComparison.OrdinalIgnoreCase);
    }
}
