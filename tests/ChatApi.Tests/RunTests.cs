using System.Net;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace ChatLoop.ChatApi.Tests;

/// <summary>Reading an answer while it is written, losing the connection, coming back, and stopping it.</summary>
public sealed class RunTests(ChatLoopServer server) : IClassFixture<ChatLoopServer>
{
    private static CancellationToken Cancel => HangGuard.Token;

    [Fact]
    public async Task Hub_streams_the_whole_answer_without_gaps()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var run = await visitor.Send(id, "Hello there");
        await using var hub = await Connect(visitor);
        var events = await hub.StreamAsync<RunEvent>("Watch", id, run.RunId, 1, Cancel).ToListAsync(Cancel);
        Assert.Equal("You said: Hello there ", ShownText.Of(events));
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => e.Seq));
        Assert.Equal(1, events.First(e => e.Kind == RunEventKind.Version).Version);
        Assert.Equal((RunEventKind.Done, FinishReason.EndOfTurn), (events[^1].Kind, events[^1].Finish));
        Assert.Equal("You said: Hello there ", (await Answer(visitor, id, run)).Text);
    }

    [Fact]
    public async Task Connection_lost_in_the_middle_loses_no_text()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var script = server.Engine.Script("Lose me");
        var run = await visitor.Send(id, "Lose me");
        List<RunEvent> seen = [];

        var lost = await Connect(visitor);
        script.Write("one ");
        await ReadUntil(lost, id, run, seen, "one ");
        await lost.DisposeAsync();
        script.Write("two ");

        // While nobody watches the run goes on.
        await using var back = await Connect(visitor);
        script.Write("three");
        await ReadUntil(back, id, run, seen, "one two three");
        script.End();
        await foreach (var next in back.StreamAsync<RunEvent>("Watch", id, run.RunId, seen[^1].Seq + 1, Cancel)) seen.Add(next);

        Assert.Equal(RunEventKind.Done, seen[^1].Kind);
        var stored = await Answer(visitor, id, run);
        Assert.Equal(ShownText.Of(seen), stored.Text);
        Assert.Equal("one two three", stored.Text);
        Assert.Equal(TurnStatus.Complete, stored.Status);
    }

    [Fact]
    public async Task Cancelling_a_watch_leaves_the_run()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var script = server.Engine.Script("Keep going");
        var run = await visitor.Send(id, "Keep going");
        await using var hub = await Connect(visitor);
        script.Write("some");
        await ReadUntil(hub, id, run, [], "some");
        script.Write(" more");
        script.End();
        Assert.Equal("some more", ShownText.Of(await visitor.ReadToEnd(id, run.RunId)));
    }

    [Fact]
    public async Task Server_sent_events_resume_after_the_last_event()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var script = server.Engine.Script("Resume me");
        var run = await visitor.Send(id, "Resume me");
        List<RunEvent> seen = [];
        script.Write("one ");
        using (var lost = await RunEventReader.Open(visitor, id, run.RunId))
        {
            while (ShownText.Of(seen) != "one ") seen.Add((await lost.Next())!);
        }
        script.Write("two");
        script.End();
        using var back = await RunEventReader.Open(visitor, id, run.RunId, fromSeq: 1, lastEventId: $"{seen[^1].Seq}");
        var rest = await back.ReadToEnd();
        Assert.Equal(seen[^1].Seq + 1, rest[0].Seq);
        Assert.Equal("one two", ShownText.Of([.. seen, .. rest]));

        var end = $"/api/v1/conversations/{id}/runs/{run.RunId}/events?fromSeq={rest[^1].Seq + 1}";
        (await visitor.Get(end)).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Waiting_run_is_answered_before_its_first_event()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var script = server.Engine.Script("Wait");
        var run = await visitor.Send(id, "Wait");
        using var reader = await RunEventReader.Open(visitor, id, run.RunId);
        script.Write("now");
        script.End();
        Assert.Equal("now", ShownText.Of(await reader.ReadToEnd()));
    }

    [Theory]
    [InlineData("?fromSeq=0", "", HttpStatusCode.BadRequest, "fromSeq")]
    [InlineData("?fromSeq=-3", "", HttpStatusCode.BadRequest, "fromSeq")]
    [InlineData("?fromSeq=x", "", HttpStatusCode.BadRequest, "fromSeq")]
    [InlineData("", "seven", HttpStatusCode.BadRequest, "Last-Event-ID")]
    public async Task Bad_position_is_refused(string query, string lastEventId, HttpStatusCode status, string word)
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var run = await visitor.Ask(id, "Hello");
        (await visitor.Get($"/api/v1/conversations/{id}/runs/{run.RunId}/events{query}", ("Last-Event-ID", lastEventId))).Problem(status, "invalid", word);
    }

    [Fact]
    public async Task Unknown_run_is_not_found_everywhere()
    {
        using var visitor = new TestVisitor(server);
        using var other = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var run = await visitor.Ask(id, "Hello");
        (await visitor.Get($"/api/v1/conversations/{id}/runs/nope/events")).Problem(HttpStatusCode.NotFound, "notFound");
        (await visitor.Post($"/api/v1/conversations/{id}/runs/nope/stop", new { seenSeq = 1 })).Problem(HttpStatusCode.NotFound, "notFound");
        (await other.Get("/api/v1/me")).Expect(HttpStatusCode.OK);
        await using var hub = await Connect(other);
        await Assert.ThrowsAsync<HubException>(async () => await hub.StreamAsync<RunEvent>("Watch", id, run.RunId, 1, Cancel).ToListAsync(Cancel));
        var refusal = await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync<Turn>("Stop", id, run.RunId, 1, Cancel));
        Assert.DoesNotContain("   at ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_over_the_hub_keeps_what_was_seen_and_never_waits_behind_streams()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var script = server.Engine.Script("Stop me");
        var run = await visitor.Send(id, "Stop me");
        await using var hub = await Connect(visitor);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        // More open streams than parallel invocations.
        var streams = Enumerable.Range(0, 20).Select(_ => hub.StreamAsync<RunEvent>("Watch", id, run.RunId, 1, done.Token).ToListAsync(Cancel).AsTask()).ToArray();
        List<RunEvent> seen = [];
        script.Write("seen ");
        await ReadUntil(hub, id, run, seen, "seen ");
        script.Write("unseen");
        await ReadUntil(hub, id, run, [], "seen unseen");

        var turn = await hub.InvokeAsync<Turn>("Stop", id, run.RunId, seen[^1].Seq, Cancel);
        Assert.Equal(("seen ", TurnStatus.Stopped, FinishReason.Stopped), (turn.Text, turn.Status, turn.Finish));
        Assert.Equal("seen ", (await Answer(visitor, id, run)).Text);
        foreach (var stream in await Task.WhenAll(streams)) Assert.Equal("seen ", ShownText.Of(stream));
    }

    [Fact]
    public async Task Stop_over_http_before_anything_was_seen_keeps_nothing()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var script = server.Engine.Script("Stop at once");
        var run = await visitor.Send(id, "Stop at once");
        script.Write("never seen");
        var turn = (await visitor.Post($"/api/v1/conversations/{id}/runs/{run.RunId}/stop", new { seenSeq = 0 })).Ok<Turn>();
        Assert.Equal(("", TurnStatus.Stopped), (turn.Text, turn.Status));
        (await visitor.Post($"/api/v1/conversations/{id}/runs/{run.RunId}/stop", new { seenSeq = -1 })).Problem(HttpStatusCode.BadRequest, "invalid", "seenSeq");
    }

    private static async Task<HubConnection> Connect(TestVisitor visitor)
    {
        if (visitor.Cookies.Count == 0) await visitor.Get("/api/v1/me");
        var hub = visitor.Hub("/hubs/chat");
        await hub.StartAsync(Cancel);
        return hub;
    }

    /// <summary>Watches on from what was seen until the text is on screen, then stops watching.</summary>
    private static async Task ReadUntil(HubConnection hub, string conversationId, RunReceipt run, List<RunEvent> seen, string text)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var fromSeq = seen.Count == 0 ? 1 : seen[^1].Seq + 1;
        await foreach (var next in hub.StreamAsync<RunEvent>("Watch", conversationId, run.RunId, fromSeq, enough.Token))
        {
            seen.Add(next);
            if (ShownText.Of(seen) == text) break;
        }
        await enough.CancelAsync();
        Assert.Equal(text, ShownText.Of(seen));
    }

    private static async Task<Turn> Answer(TestVisitor visitor, string conversationId, RunReceipt run) =>
        (await visitor.Conversation(conversationId)).Turns.Single(t => t.TurnId == run.AnswerTurnId);
}
