using System.Net;
using ChatLoop.ChatApi.Tests.Service;

namespace ChatLoop.ChatApi.Tests;

/// <summary>Runs alone: OpenTelemetry hears every meter of its name in the process, also those of other tests' servers.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessMetrics
{
    public const string Name = "process metrics";
}

/// <summary>/metrics: what an operator's Prometheus reads, and who may.</summary>
[Collection(ProcessMetrics.Name)]
public sealed class MetricsTests(ChatLoopServer server) : IClassFixture<ChatLoopServer>
{
    [Fact]
    public async Task Answers_and_the_live_version_are_counted_under_their_documented_names()
    {
        using var visitor = new TestVisitor(server);
        await visitor.GrantConsent();
        await visitor.Ask(await visitor.NewConversation(), "Hello there");
        var text = (await visitor.Get("/metrics")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal("1", Value(text, "chatloop_live_version"));
        Assert.Equal("1", Value(text, "chatloop_answers_total", "finish=\"endOfTurn\""));
        // "You said: Hello there" and the end of turn.
        Assert.Equal("5", Value(text, "chatloop_answer_tokens_total"));
        Assert.Equal("1", Value(text, "chatloop_time_to_first_token_seconds_count"));
        Assert.Equal("1", Value(text, "chatloop_feedback_events_total"));
        Assert.Equal("1", Value(text, "chatloop_training_phase", "phase=\"collecting\""));
        Assert.Equal("0", Value(text, "chatloop_training_phase", "phase=\"policyUpdate\""));
        Assert.True(double.Parse(Value(text, "chatloop_data_free_bytes"), System.Globalization.CultureInfo.InvariantCulture) > 0);
        Value(text, "chatloop_free_places");
    }

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.7")]
    [InlineData("Forwarded", "for=203.0.113.7")]
    public async Task What_a_proxy_passes_on_is_refused_and_the_setting_named(string header, string value)
    {
        using var visitor = new TestVisitor(server);
        foreach (var path in (string[])["/metrics", "/METRICS", "/metrics/"])
            (await visitor.Get(path, (header, value))).Problem(HttpStatusCode.Forbidden, "forbidden", "--Metrics:AllowRemote=true");
        (await visitor.Get("/livez", (header, value))).Expect(HttpStatusCode.OK);
    }

    private static string Value(string text, string name, string label = "")
    {
        string[] found = [.. text.Split('\n').Where(l => l.StartsWith(name, StringComparison.Ordinal) && l[name.Length] is '{' or ' ' && l.Contains(label, StringComparison.Ordinal))];
        Assert.True(found.Length == 1, $"{name} {label}: {found.Length} lines in{Environment.NewLine}{text}");
        return found[0].Split(' ')[1];
    }

    public sealed class OpenToAll : ChatLoopServer
    {
        protected override IEnumerable<string> Settings => ["--Metrics:AllowRemote=true"];
    }

    [Collection(ProcessMetrics.Name)]
    public sealed class RemoteTests(OpenToAll server) : IClassFixture<OpenToAll>
    {
        [Fact]
        public async Task Others_may_ask_where_the_operator_says_so()
        {
            using var visitor = new TestVisitor(server);
            (await visitor.Get("/metrics", ("X-Forwarded-For", "203.0.113.7"))).Expect(HttpStatusCode.OK);
        }
    }
}
