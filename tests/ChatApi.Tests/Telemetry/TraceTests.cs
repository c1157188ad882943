using System.Net;
using ChatLoop.ChatApi.Tests.Service;

namespace ChatLoop.ChatApi.Tests.Telemetry;

/// <summary>What a collector hears: one trace from the call to the last token and to the judgement's commit, and nothing that people wrote.</summary>
[Collection(ProcessMetrics.Name)]
public sealed class TraceTests
{
    private const string Secret = "rhubarb-and-custard";

    [Fact]
    public async Task Message_and_judgement_are_one_trace_without_a_word_of_theirs()
    {
        await using var collector = await OtlpCollector.Start();
        var trace = Guid.NewGuid().ToString("N");
        await using (var server = new TracedServer(collector.Address))
        {
            await server.InitializeAsync();
            using var visitor = new TestVisitor(server);
            await visitor.GrantConsent();
            visitor.Http.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
            var id = await visitor.NewConversation();
            var run = await visitor.Ask(id, $"Tell me of {Secret}");
            var judged = await visitor.Put($"/api/v1/feedback/{TestVisitor.NewId()}",
                new { kind = "thumb", conversationId = id, turnId = run.AnswerTurnId, thumb = "up", comment = $"Too much {Secret}" });
            judged.Expect(HttpStatusCode.OK);
            (await visitor.Put($"/api/v1/feedback/{TestVisitor.NewId()}",
                new { kind = "thumb", conversationId = id, turnId = Secret, thumb = "up" })).Expect(HttpStatusCode.NotFound);
        }

        // What is left is sent when the server ends.
        var spans = collector.All.Where(s => s.TraceId == trace).ToArray();
        var names = spans.Select(s => s.Name).ToArray();
        Assert.Contains(names, n => n.StartsWith("POST /api/v1/conversations/{conversationId}/messages", StringComparison.Ordinal));
        Assert.Contains("feedback commit", names);
        var answer = Assert.Single(spans, s => s.Name == "answer");
        Assert.Contains(Ancestors(answer, spans), s => s.Name.StartsWith("POST", StringComparison.Ordinal));
        var commit = spans.First(s => s.Name == "feedback commit");
        Assert.Contains(Ancestors(commit, spans), s => s.Name.StartsWith("PUT /api/v1/feedback", StringComparison.Ordinal));
        Assert.DoesNotContain(Secret, collector.Bytes, StringComparison.Ordinal);
    }

    private static IEnumerable<CollectedSpan> Ancestors(CollectedSpan span, CollectedSpan[] all)
    {
        for (var next = span; next is not null; next = Array.Find(all, s => s.SpanId == next.ParentId)) yield return next;
    }

    private sealed class TracedServer(string collector) : ChatLoopServer
    {
        protected override IEnumerable<string> Settings => [$"--Telemetry:Otlp:Endpoint={collector}"];
    }
}
