using System.Net;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Generation;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace ChatLoop.ChatApi.Tests;

/// <summary>One user cannot take the service from the others.</summary>
public sealed class RateLimitTests(RateLimitTests.StrictServer server) : IClassFixture<RateLimitTests.StrictServer>
{
    private static CancellationToken Cancel => HangGuard.Token;

    [Fact]
    public async Task Too_many_calls_are_answered_with_when_to_try_again_and_others_are_served()
    {
        using var visitor = new TestVisitor(server);
        ApiAnswer last;
        var calls = 0;
        do last = await visitor.Get("/api/v1/me");
        while (last.Status == HttpStatusCode.OK && ++calls < 1_000);
        Assert.True(calls >= StrictServer.Calls, $"Refused after {calls} calls.");
        last.Problem(HttpStatusCode.TooManyRequests, "tooManyRequests", "Try again in");
        Assert.True(last.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));

        using var other = new TestVisitor(server);
        (await other.Get("/api/v1/me")).Expect(HttpStatusCode.OK);
        (await visitor.Get("/livez")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Answers_have_a_limit_of_their_own()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        ApiAnswer last;
        var sent = 0;
        do last = await visitor.Post($"/api/v1/conversations/{id}/messages", new { requestId = $"same", text = "Hello" });
        while (last.Status == HttpStatusCode.Accepted && ++sent < StrictServer.Calls);
        Assert.InRange(sent, StrictServer.Answers, StrictServer.Calls - 1);
        last.Problem(HttpStatusCode.TooManyRequests, "tooManyRequests");
        (await visitor.Get($"/api/v1/conversations/{id}")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Open_streams_of_a_user_are_bounded_and_given_back()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var script = server.Engine.Script("Many readers");
        var run = await visitor.Send(id, "Many readers");
        await using var hub = visitor.Hub("/hubs/chat");
        await hub.StartAsync(Cancel);
        script.Write("some");
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var readers = new List<IAsyncEnumerator<RunEvent>>();
        for (var i = 0; i < StrictServer.Streams; i++)
        {
            var reader = hub.StreamAsync<RunEvent>("Watch", id, run.RunId, 1, leave.Token).GetAsyncEnumerator(Cancel);
            Assert.True(await reader.MoveNextAsync());
            readers.Add(reader);
        }
        var refusal = await Assert.ThrowsAsync<HubException>(async () => await hub.StreamAsync<RunEvent>("Watch", id, run.RunId, 1, Cancel).ToListAsync(Cancel));
        Assert.Contains("RateLimits:OpenStreams", refusal.Message, StringComparison.Ordinal);
        (await visitor.Get($"/api/v1/conversations/{id}/runs/{run.RunId}/events")).Problem(HttpStatusCode.ServiceUnavailable, "busy", "OpenStreams");

        script.End();
        foreach (var reader in readers)
        {
            while (await reader.MoveNextAsync()) { }
            await reader.DisposeAsync();
        }
        Assert.Equal("some", ShownText.Of(await hub.StreamAsync<RunEvent>("Watch", id, run.RunId, 1, Cancel).ToListAsync(Cancel)));
    }

    [Fact]
    public async Task Message_to_a_hub_that_is_too_large_ends_the_connection()
    {
        using var visitor = new TestVisitor(server);
        await visitor.Get("/api/v1/me");
        await using var hub = visitor.Hub("/hubs/chat");
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hub.Closed += _ =>
        {
            closed.TrySetResult();
            return Task.CompletedTask;
        };
        await hub.StartAsync(Cancel);
        await Assert.ThrowsAnyAsync<Exception>(() => hub.InvokeAsync("Stop", new string('x', 40_000), "r", 0, Cancel));
        await closed.Task.WaitAsync(Cancel);
    }

    /// <summary>Buckets that a test can empty, and that refill too slowly to matter.</summary>
    public sealed class StrictServer : ChatLoopServer
    {
        public const int Calls = 60;
        public const int Answers = 5;
        public const int Streams = 3;

        protected override IEnumerable<string> Settings =>
        [
            $"--RateLimits:Calls:Burst={Calls}", "--RateLimits:Calls:PerSecond=1",
            $"--RateLimits:Answers:Burst={Answers}", "--RateLimits:Answers:PerSecond=1",
            $"--RateLimits:OpenStreams={Streams}",
        ];
    }
}
